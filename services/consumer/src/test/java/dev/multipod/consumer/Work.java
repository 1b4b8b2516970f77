package dev.multipod.consumer;

import dev.multipod.consumer.QueueStack.Answer;
import dev.multipod.testkit.Await;
import dev.multipod.testkit.ServiceProcess;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntPredicate;

/// Those who put, get and join at one queue until all is done. They do as they are told: after no
/// answer, or one that says so, they ask again with the same key, at the other replica.
final class Work implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofMinutes(6);

  /// What is done.
  ///
  /// @param putters how many put, each one item after the other
  /// @param more whether an nth item is put, from 0
  /// @param poison whether the nth item is one
  /// @param batches how many items at most each of those who get takes at once; 1 is a single get
  /// @param each how long they keep an item, or all of a batch
  record Plan(
      int putters, IntPredicate more, IntPredicate poison, List<Integer> batches, Duration each) {}

  private final QueueStack stack;
  private final String queue;
  private final Plan plan;
  private final Caller caller = new Caller();
  private final Eaters eaters;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Queue<History.Put> puts = new ConcurrentLinkedQueue<>();
  private final Queue<History.Join> joins = new ConcurrentLinkedQueue<>();
  private final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
  private final AtomicInteger next = new AtomicInteger();
  private final CountDownLatch putting;
  private final CountDownLatch getting;
  private volatile boolean over;

  Work(QueueStack stack, String queue, Plan plan, Hands hands) {
    this.stack = stack;
    this.queue = queue;
    this.plan = plan;
    this.eaters = new Eaters(stack, caller, queue, plan.each(), hands);
    this.putting = new CountDownLatch(plan.putters());
    this.getting = new CountDownLatch(plan.batches().size());
  }

  /// Does all of it.
  ///
  /// @throws AssertionError when somebody is not served, or is told what cannot be
  History.Heard run() throws InterruptedException {
    for (int putter = 0; putter < plan.putters(); putter++) {
      int first = putter;
      begin(putting, () -> put(first));
    }
    for (int eater = 0; eater < plan.batches().size(); eater++) {
      int consumer = eater % 2;
      int batch = plan.batches().get(eater);
      begin(getting, () -> eaters.get(consumer, batch, this::goesOn));
    }
    int turn = 0;
    // The last one that is told that all is done was told so after the last put.
    boolean last = false;
    long deadline = Long.MAX_VALUE;
    while (!last) {
      boolean all = putting.getCount() == 0;
      last = join(turn++ % 2) && all;
      if (all && deadline == Long.MAX_VALUE) {
        deadline = System.nanoTime() + PATIENCE.toNanos();
      }
      if (!failures.isEmpty() || System.nanoTime() > deadline) {
        failures.add(new AssertionError(queue + ": never done, after " + eaters.executions()));
        break;
      }
    }
    over = true;
    getting.await();
    putting.await();
    if (!failures.isEmpty()) {
      throw new AssertionError(queue + ": " + failures.peek(), failures.peek());
    }
    return new History.Heard(List.copyOf(puts), eaters.executions(), List.copyOf(joins));
  }

  private interface Task {
    void run() throws IOException;
  }

  private void begin(CountDownLatch end, Task task) {
    threads.execute(
        () -> {
          try {
            task.run();
          } catch (IOException | RuntimeException | AssertionError e) {
            failures.add(e);
          } finally {
            end.countDown();
          }
        });
  }

  private boolean goesOn() {
    return !over && failures.isEmpty();
  }

  private void put(int first) throws IOException {
    int turn = first;
    for (int nth = next.getAndIncrement();
        plan.more().test(nth) && goesOn();
        nth = next.getAndIncrement()) {
      String key = (plan.poison().test(nth) ? History.POISON : "item") + "-" + nth;
      // Some are put twice; the second time may be answered or not.
      int times = nth % 5 == 0 ? 2 : 1;
      for (int time = 0; time < times; time++) {
        turn = put(key, turn, time == 0 ? PATIENCE : Duration.ZERO);
      }
    }
  }

  /// @return whose turn it is then
  private int put(String key, int first, Duration patience) throws IOException {
    long begun = System.nanoTime();
    String path = "/producer/queues/%s/items?timeout=2s".formatted(queue);
    String heard = "nothing";
    int turn = first;
    do {
      ServiceProcess producer = stack.producers.get(turn++ % 2);
      Optional<Answer> answer = caller.ask(producer, "POST", path, key, "Idempotency-Key", key);
      if (answer.isPresent() && answer.get().status() == 201) {
        String id = answer.get().json().get("id").asText();
        puts.add(new History.Put(key, id, System.nanoTime()));
        return turn;
      }
      heard = answer.map(Answer::toString).orElse("nothing");
      Caller.expect(answer, Set.of(429, 503, 504));
      if (!heard.startsWith("429")) {
        Caller.pause(Caller.PACE);
      }
    } while (System.nanoTime() - begun < patience.toNanos() && goesOn());
    if (!patience.isZero() && goesOn()) {
      throw new AssertionError(key + " was not put; last heard " + heard);
    }
    return turn;
  }

  /// Whether all is done.
  private boolean join(int producer) {
    long asked = System.nanoTime();
    String path = "/producer/queues/%s/join?timeout=500ms".formatted(queue);
    Optional<Answer> answer = caller.ask(stack.producers.get(producer), "GET", path, "");
    Caller.expect(answer, Set.of(200, 202, 503));
    if (answer.isEmpty() || answer.get().status() != 200) {
      Caller.pause(Caller.PACE);
      return false;
    }
    joins.add(new History.Join(asked, System.nanoTime()));
    return true;
  }

  @Override
  public void close() {
    over = true;
    threads.shutdownNow();
    caller.close();
  }

  /// A new queue; in a storm this is asked until it is there.
  static String queue(QueueStack stack, String name, int maxsize, int maxDeliveries) {
    String body =
        "{\"maxsize\": %d, \"lease\": \"15s\", \"maxDeliveries\": %d}"
            .formatted(maxsize, maxDeliveries);
    AtomicInteger turn = new AtomicInteger();
    Await.until(
        "the queue is made",
        PATIENCE,
        () ->
            stack
                    .call(
                        stack.producers.get(turn.getAndIncrement() % 2),
                        "PUT",
                        "/producer/queues/" + name,
                        body)
                    .status()
                < 300);
    return name;
  }
}
