package dev.multipod.consumer;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.multipod.consumer.QueueScenario.Step;
import dev.multipod.consumer.QueueStack.Answer;
import dev.multipod.testkit.Await;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;

/// Replays a scenario against producer and consumer, and says in Python's words what HTTP answered.
/// Puts alternate between the producers; one consumer gets, the other acknowledges.
final class QueueReplay implements AutoCloseable {
  private static final Duration ENOUGH = Duration.ofSeconds(40);
  private static final String PATIENT = "30s";
  private static final long A_WHILE_MILLIS = 300;

  private final QueueStack stack;
  private final String queue;
  private final int maxsize;
  private final Map<String, Future<String>> later = new HashMap<>();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Deque<String> held = new ArrayDeque<>();
  private final AtomicInteger puts = new AtomicInteger();

  /// Items that were put and that nobody has got.
  private final AtomicInteger waiting = new AtomicInteger();

  private String last;

  QueueReplay(QueueStack stack, int maxsize) {
    this.stack = stack;
    this.maxsize = maxsize;
    this.queue = stack.queue("\"maxsize\": %d, \"lease\": \"60s\"".formatted(maxsize));
    this.last = "/consumer/queues/%s/leases/consumer-1.none".formatted(queue);
  }

  String run(Step step) throws InterruptedException, ExecutionException {
    if (step.verb().equals("await")) {
      return Objects.requireNonNull(later.remove(step.option())).get();
    }
    if (!step.option().startsWith("later=")) {
      return now(step, step.option());
    }
    Future<String> coming = threads.submit(() -> now(step, ""));
    later.put(step.option().substring("later=".length()), coming);
    try {
      return coming.get(A_WHILE_MILLIS, TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      return "blocked";
    }
  }

  private String now(Step step, String option) {
    String timeout =
        option.equals("nowait")
            ? "0s"
            : option.startsWith("timeout=")
                ? Math.round(Double.parseDouble(option.substring(8)) * 1000) + "ms"
                : PATIENT;
    return switch (step.verb()) {
      case "put" -> put(Objects.requireNonNull(step.item()), timeout);
      case "get" -> get(timeout);
      case "task_done" -> taskDone();
      case "join" -> word(stack.join(1, queue, timeout), Map.of(200, "joined", 202, "waits"));
      case "qsize" -> "" + queued();
      case "empty" -> "" + (queued() == 0);
      case "full" -> "" + (maxsize > 0 && queued() == maxsize);
      default -> throw new IllegalArgumentException(step.toString());
    };
  }

  private String put(String item, String timeout) {
    if (!timeout.equals(PATIENT)) {
      queued();
    }
    Answer answer = stack.put(puts.getAndIncrement() % 2, queue, item, timeout);
    String word = word(answer, Map.of(201, "put", 429, "Full"));
    waiting.addAndGet(word.equals("put") ? 1 : 0);
    return word;
  }

  /// A slot that has only just been opened may see nothing for a moment, as CPython's feeder thread
  /// may not have written yet what was put: where an item waits, no waiting is asked again.
  private String get(String timeout) {
    Answer answer = stack.take(0, queue, timeout);
    long deadline = System.nanoTime() + ENOUGH.toNanos();
    while (answer.status() == 204
        && timeout.equals("0s")
        && waiting.get() > 0
        && System.nanoTime() < deadline) {
      answer = stack.take(0, queue, timeout);
    }
    if (answer.status() != 200) {
      return word(answer, Map.of(204, "Empty"));
    }
    waiting.decrementAndGet();
    held.add(answer.ackUrl());
    try {
      return "got " + new ObjectMapper().writeValueAsString(answer.data());
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  /// Of the oldest item in hand; once more of the last one when there is none.
  private String taskDone() {
    last = held.isEmpty() ? last : held.remove();
    return word(
        stack.acknowledge(1, last, "done"),
        Map.of(204, "done", 410, "ValueError", 409, "LeaseLost"));
  }

  /// What the owner counts, once it has heard of every get.
  private int queued() {
    AtomicInteger queued = new AtomicInteger(-1);
    Await.until(
        () -> "queued is " + waiting + ", not " + queued,
        ENOUGH,
        () -> {
          JsonNode sizes = stack.look(0, queue);
          queued.set(sizes.path("queued").asInt(-1));
          return queued.get() == waiting.get();
        });
    return queued.get();
  }

  private static String word(Answer answer, Map<Integer, String> words) {
    String word = answer.status() == 400 ? "BadRequest" : words.get(answer.status());
    return word == null ? answer.toString() : word;
  }

  @Override
  public void close() {
    threads.close();
  }
}
