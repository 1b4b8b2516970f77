package dev.multipod.consumer;

import static dev.multipod.consumer.QueueStack.expect;
import static dev.multipod.consumer.QueueStack.expectCreated;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.multipod.consumer.QueueStack.Answer;
import dev.multipod.testkit.Await;
import dev.multipod.testkit.ServiceProcess;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class DeletionIT {
  private static final Duration SOON = Duration.ofSeconds(60);

  private final QueueStack stack = QueueStack.get();

  private Answer delete(int producer, String queue, String query) {
    return stack.call(
        stack.producers.get(producer), "DELETE", "/producer/queues/" + queue + query, "");
  }

  private Answer create(int producer, String queue, String members) {
    return stack.call(
        stack.producers.get(producer), "PUT", "/producer/queues/" + queue, "{" + members + "}");
  }

  private Answer letters(int producer, String queue) {
    return stack.call(
        stack.producers.get(producer), "GET", "/producer/queues/" + queue + "/dlq", "");
  }

  private void giveUp(String queue, String item) {
    expect(201, stack.put(0, queue, item, "30s"));
    expect(204, stack.acknowledge(0, stack.take(0, queue, "30s").ackUrl(), "reject"));
  }

  @Test
  void aDeletedQueueIsGoneWithAllThatItHad() throws Exception {
    String queue = stack.queue("\"lease\": \"6s\"");
    giveUp(queue, "bad");
    expect(201, stack.put(0, queue, "waits", "0s"));
    KafkaTraces traces = new KafkaTraces(stack.broker, queue);
    assertEquals(
        Set.of("multipod.queue." + queue, "multipod.queue." + queue + ".dlq"), traces.topics());
    assertEquals(Set.of("multipod.queue." + queue), traces.groups());

    expect(204, delete(1 - stack.owner(queue), queue, ""));
    Await.until("its topics are gone", SOON, () -> traces.topics().isEmpty());
    for (int replica = 0; replica < 2; replica++) {
      expect(404, stack.put(replica, queue, "x", "0s"));
      expect(404, stack.join(replica, queue, "0s"));
      expect(404, letters(replica, queue));
      int consumer = replica;
      Await.until(
          "the consumer knows",
          Duration.ofSeconds(20),
          () -> stack.take(consumer, queue, "0s").status() == 404);
      assertFalse(
          stack
              .call(stack.producers.get(replica), "GET", "/producer/queues", "")
              .text()
              .contains(queue));
    }
    Await.until(
        "the group is gone, and its configuration",
        Duration.ofSeconds(60),
        () ->
            traces.groups().isEmpty() && traces.configuration("multipod.queue." + queue).isEmpty());
    expect(204, delete(0, queue, ""));
    expect(204, delete(1, queue, ""));
    expect(404, delete(0, "no-such-queue", ""));
    expect(400, delete(0, "No_Such", ""));
    traces.close();
  }

  @Test
  void whoeverWaitsIsToldAtOnce() throws Exception {
    String queue = stack.queue("\"maxsize\": 1");
    String empty = stack.queue("");
    expect(201, stack.put(0, queue, "a", "0s"));
    List<Future<Answer>> waiting = new ArrayList<>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 2; i++) {
        int replica = i;
        waiting.add(threads.submit(() -> stack.put(replica, queue, "b", "60s", "same")));
        waiting.add(threads.submit(() -> stack.put(replica, queue, "c", "60s")));
        waiting.add(threads.submit(() -> batch(replica, queue)));
        waiting.add(threads.submit(() -> stack.join(replica, queue, "60s")));
        waiting.add(threads.submit(() -> stack.take(replica, empty, "60s")));
        waiting.add(threads.submit(() -> stack.take(replica, empty, "60s")));
      }
      // The others have come too, as far as can be seen.
      Await.until("a line", Duration.ofSeconds(30), () -> line(queue) >= 3);

      long start = System.nanoTime();
      expect(204, delete(0, queue, ""));
      expect(204, delete(1, empty, ""));
      for (Future<Answer> each : waiting) {
        Answer answer = expect(404, each.get());
        assertTrue(answer.text().contains("queue-unknown"), answer::toString);
      }
      Duration took = Duration.ofNanos(System.nanoTime() - start);
      assertTrue(took.compareTo(Duration.ofSeconds(20)) < 0, took::toString);
    }
  }

  private Answer batch(int producer, String queue) {
    return stack.call(
        stack.producers.get(producer),
        "POST",
        "/producer/queues/" + queue + "/items/batch?timeout=60s",
        "d\ne\n",
        "Idempotency-Key",
        "batch-" + producer);
  }

  private double line(String queue) {
    ServiceProcess owner = stack.producers.get(stack.owner(queue));
    return stack.sample(owner, "multipod_producer_line", "queue=\"" + queue + "\"").orElse(0);
  }

  @Test
  void aQueueOfTheSameNameIsANewOne() {
    String queue = stack.queue("\"maxsize\": 3");
    giveUp(queue, "bad");
    expect(201, stack.put(0, queue, "old", "0s", "key"));
    expect(201, stack.put(1, queue, "older", "0s"));
    String take = "/consumer/queues/%s/leases?timeout=20s".formatted(queue);
    String[] key = {"Idempotency-Key", queue};
    Answer held = expect(200, stack.call(stack.consumers.get(0), "POST", take, "", key));

    expect(204, delete(1, queue, ""));
    expectCreated(create(0, queue, "\"maxsize\": 2"));
    expect(200, create(1, queue, "\"maxsize\": 2"));
    expect(409, create(1, queue, "\"maxsize\": 3"));

    assertEquals(0, stack.look(1, queue).get("queued").asInt());
    assertEquals(0, stack.look(0, queue).get("unfinished").asInt());
    expect(200, stack.join(0, queue, "20s"));
    assertEquals(0, letters(0, queue).json().get("total").asInt());
    Await.until(
        "the lease has ended",
        Duration.ofSeconds(20),
        () -> stack.acknowledge(1, held.ackUrl(), "done").status() == 409);

    Answer put = expect(201, stack.put(1, queue, "new", "0s", "key"));
    assertEquals("1-0", put.json().get("id").asText());
    expect(201, stack.put(0, queue, "newer", "0s"));
    expect(429, stack.put(0, queue, "newest", "0s"));
    Answer item = expect(200, stack.call(stack.consumers.get(1), "POST", take, "", key));
    assertEquals("new", item.data());
    assertEquals("1-0", item.json().get("id").asText());
    assertEquals(1, item.json().get("deliveries").asInt());
    expect(202, stack.join(1, queue, "200ms"));
    expect(204, stack.acknowledge(0, item.ackUrl(), "release"));
    Answer again = expect(200, stack.take(0, queue, "20s"));
    assertEquals(2, again.json().get("deliveries").asInt());
    expect(204, stack.acknowledge(0, again.ackUrl(), "reject"));
    assertEquals("1-0", letters(1, queue).json().get("letters").get(0).get("id").asText());
    Answer last = expect(200, stack.take(1, queue, "20s"));
    assertEquals("newer", last.data());
    expect(204, stack.acknowledge(1, last.ackUrl(), "done"));
    expect(200, stack.join(1, queue, "20s"));

    expect(204, delete(0, queue, ""));
    expectCreated(create(1, queue, ""));
    assertEquals("2-0", expect(201, stack.put(0, queue, "x", "5s")).json().get("id").asText());
  }

  @Test
  void onlyAnEmptyOneIsDeletedWhenThatIsAskedFor() {
    String queue = stack.queue("\"maxsize\": 2");
    expect(201, stack.put(0, queue, "a", "0s"));
    Answer kept = expect(409, delete(1, queue, "?if-empty=true"));
    assertEquals(1, kept.json().get("unfinished").asInt());
    Answer item = expect(200, stack.take(0, queue, "20s"));
    expect(409, delete(0, queue, "?if-empty=true"));
    expect(204, stack.acknowledge(0, item.ackUrl(), "reject"));
    Answer letter = expect(409, delete(0, queue, "?if-empty=true"));
    assertEquals(1, letter.json().get("deadLetters").asInt());
    String path = "/producer/queues/" + queue + "/dlq/redrive";
    expect(200, stack.call(stack.producers.get(0), "POST", path, "", "Idempotency-Key", "1"));
    Answer again = expect(200, stack.take(0, queue, "20s"));
    expect(204, stack.acknowledge(0, again.ackUrl(), "done"));

    expect(204, delete(1, queue, "?if-empty=true"));
    expect(404, stack.put(0, queue, "a", "0s"));
  }

  @Test
  void whatIsPutMeanwhileIsInTheQueueOrToldThatThereIsNone() throws Exception {
    String queue = stack.queue("");
    AtomicBoolean over = new AtomicBoolean();
    AtomicInteger puts = new AtomicInteger();
    Set<Integer> answers = new ConcurrentSkipListSet<>();
    long broken = brokenTerms();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> putting = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        int replica = i % 2;
        putting.add(
            threads.submit(
                () -> {
                  while (!over.get()) {
                    answers.add(stack.put(replica, queue, "x", "1s").status());
                    puts.incrementAndGet();
                  }
                }));
      }
      for (int round = 0; round < 4; round++) {
        int enough = puts.get() + 20;
        Await.until("some puts", Duration.ofSeconds(60), () -> puts.get() > enough);
        expect(204, delete(round % 2, queue, ""));
        expectCreated(create(1 - round % 2, queue, ""));
      }
      over.set(true);
      for (Future<?> each : putting) {
        each.get();
      }
    }
    assertEquals(Set.of(201, 404), new TreeSet<>(answers));
    assertEquals(
        stack.end("multipod.queue." + queue + ".4"), stack.look(0, queue).get("queued").asLong());
    // Faults of other tests may have broken some.
    assertTrue(brokenTerms() <= broken, () -> "broken terms: " + brokenTerms());
  }

  private long brokenTerms() {
    return stack.producers.stream()
        .flatMap(producer -> producer.log().stream())
        .filter(line -> line.contains("term-broken"))
        .count();
  }

  @Test
  void aRunDoesNotGoOnInAQueueThatCameAfterItsOwn() {
    String queue = stack.queue("\"maxsize\": 1");
    String url =
        expect(
                201,
                stack.call(
                    stack.producers.get(0),
                    "POST",
                    "/producer/runs",
                    "{\"queue\": \"%s\", \"count\": 3, \"interval\": \"0s\"}".formatted(queue),
                    "Idempotency-Key",
                    queue))
            .json()
            .path("url")
            .asText();
    try (Follower steps = new Follower(stack.producers.get(1), url + "/events")) {
      steps.await("full");
      expect(204, delete(1, queue, ""));
      expectCreated(create(1, queue, ""));
      steps.awaitEnd();
      assertEquals("failed", steps.events().getLast(), steps.lines().toString());
      assertTrue(
          steps.lines().getLast().toString().contains("queue-unknown"), steps.lines().toString());
    }
    assertEquals(0, stack.end("multipod.queue." + queue + ".1"));
  }
}
