package dev.multipod.consumer;

import static dev.multipod.consumer.QueueStack.expect;
import static dev.multipod.consumer.QueueStack.expectCreated;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.multipod.consumer.QueueStack.Answer;
import dev.multipod.testkit.Await;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DeletionFaultsIT {
  private static final Duration FAILOVER = Duration.ofMinutes(2);

  private static final Duration SOON = Duration.ofSeconds(40);

  /// A killed member of a group stays until its session ends; then the owner tries again.
  private static final Duration SESSION = Duration.ofMinutes(2);

  private final QueueStack stack = QueueStack.get();

  @AfterEach
  void heal() {
    stack.heal();
  }

  private Answer delete(int producer, String queue) {
    return stack.call(stack.producers.get(producer), "DELETE", "/producer/queues/" + queue, "");
  }

  private Answer create(int producer, String queue) {
    return stack.call(
        stack.producers.get(producer), "PUT", "/producer/queues/" + queue, "{\"maxsize\": 2}");
  }

  /// Something of everything: an item that waits, one in somebody's hands, and a dead letter.
  private Answer use(String queue) {
    expect(201, stack.put(0, queue, "bad", "30s"));
    expect(204, stack.acknowledge(0, stack.take(0, queue, "30s").ackUrl(), "reject"));
    expect(201, stack.put(0, queue, "held", "30s", "key"));
    Answer held = expect(200, stack.take(0, queue, "30s"));
    expect(201, stack.put(0, queue, "waits", "30s"));
    return held;
  }

  /// Nothing of an earlier one is in it, and it does all that a queue does.
  private void expectNew(int producer, String queue) {
    assertEquals(0, stack.look(producer, queue).get("queued").asInt());
    expect(200, stack.join(producer, queue, "30s"));
    expectWorking(producer, queue, "1-0", "1-1");
  }

  private void expectWorking(int producer, String queue, String... ids) {
    for (String id : ids) {
      Answer put = expect(201, stack.put(producer, queue, id, "30s", "key-" + id));
      assertEquals(id, put.json().get("id").asText());
    }
    expect(429, stack.put(producer, queue, "x", "0s"));
    for (String id : ids) {
      Answer item = expect(200, stack.take(1, queue, "30s"));
      assertEquals(id, item.json().get("id").asText());
      assertEquals(1, item.json().get("deliveries").asInt());
      expect(202, stack.join(producer, queue, "100ms"));
      expect(204, stack.acknowledge(1, item.ackUrl(), "done"));
    }
    expect(200, stack.join(producer, queue, "30s"));
  }

  private void awaitDeletion(int producer, String queue) {
    Await.until(
        "the definition is gone",
        SOON,
        () ->
            stack.producers.get(producer).log().stream()
                .anyMatch(line -> line.contains("event=queue-gone queue=" + queue + " ")));
  }

  private static boolean isCreated(Answer answer) {
    return answer.status() == 200 || answer.status() == 201;
  }

  @Test
  void aDeleteWhoseOwnerIsKilledInTheMiddleIsFinishedByTheNextOne() throws Exception {
    String queue = stack.queue("\"maxsize\": 2");
    int owner = stack.owner(queue);
    int other = 1 - owner;
    use(queue);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor();
        KafkaTraces traces = new KafkaTraces(stack.broker, queue)) {
      Future<Answer> call = threads.submit(() -> delete(other, queue));
      awaitDeletion(other, queue);
      stack.producers.get(owner).kill();

      // It may have taken the next owner longer than a call waits for one.
      assertTrue(Set.of(204, 503, 504).contains(call.get().status()), call.get()::toString);
      Await.until("it is deleted", FAILOVER, () -> delete(other, queue).status() == 204);
      assertEquals(Set.of(), traces.topics());
      expect(404, stack.put(other, queue, "x", "0s"));
      Await.until("the group is gone", SESSION, () -> traces.groups().isEmpty());
    }
  }

  @Test
  void whatIsCreatedAfterHalfADeleteIsWholeAndNew() throws Exception {
    String queue = stack.queue("\"maxsize\": 2");
    int owner = stack.owner(queue);
    int other = 1 - owner;
    Answer held = use(queue);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor();
        KafkaTraces traces = new KafkaTraces(stack.broker, queue)) {
      threads.execute(() -> QueueStack.attempt(() -> delete(owner, queue)));
      awaitDeletion(other, queue);
      stack.producers.get(owner).kill();

      Await.until("it is created", FAILOVER, () -> isCreated(create(other, queue)));
      expectNew(other, queue);
      assertEquals(409, stack.acknowledge(0, held.ackUrl(), "done").status());
      String topic = "multipod.queue." + queue + ".1";
      Await.until(
          () -> "what the old one left is gone: " + topic,
          SESSION,
          () ->
              traces.topics().equals(Set.of(topic, topic + ".dlq"))
                  && traces.groups().equals(Set.of(topic)));
    }
  }

  @Test
  void anOwnerThatIsKilledAsItBeginsToDeleteLeavesAWholeQueueOrNone() {
    String queue = stack.queue("\"maxsize\": 2");
    int owner = stack.owner(queue);
    int other = 1 - owner;
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      threads.execute(() -> QueueStack.attempt(() -> delete(owner, queue)));
      stack.producers.get(owner).kill();

      Await.until("it is there", FAILOVER, () -> isCreated(create(other, queue)));
      String first = expect(201, stack.put(other, queue, "x", "30s")).json().get("id").asText();
      assertTrue(Set.of("0-0", "1-0").contains(first), first);
      expect(204, stack.acknowledge(0, stack.take(0, queue, "30s").ackUrl(), "done"));
      String generation = first.replace("-0", "-");
      expectWorking(other, queue, generation + "1", generation + "2");
    }
  }

  @Test
  void aDeleteThatSleptDoesNotTouchTheQueueThatCameAfterIt() throws Exception {
    String queue = stack.queue("\"maxsize\": 2");
    int owner = stack.owner(queue);
    int other = 1 - owner;
    use(queue);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor();
        KafkaTraces traces = new KafkaTraces(stack.broker, queue)) {
      Future<Answer> slept = threads.submit(() -> delete(owner, queue));
      awaitDeletion(other, queue);
      stack.producers.get(owner).pause();
      try {
        // The sleeping owner is asked in vain until its session ends.
        Await.until("a new queue", FAILOVER, () -> isCreated(create(other, queue)));
        expect(201, stack.put(other, queue, "new", "30s"));
      } finally {
        stack.producers.get(owner).resume();
      }
      Answer late = slept.get();
      assertTrue(Set.of(204, 504).contains(late.status()), late::toString);
      Await.until(
          "its owner tells",
          FAILOVER,
          () -> stack.look(other, queue).path("queued").asInt(-1) == 1);
      Answer item = expect(200, stack.take(0, queue, "30s"));
      assertEquals("new", item.data());
      expect(204, stack.acknowledge(1, item.ackUrl(), "done"));
      expect(200, stack.join(owner, queue, "30s"));
      String topic = "multipod.queue." + queue + ".1";
      assertTrue(traces.topics().containsAll(Set.of(topic, topic + ".dlq")));
      assertTrue(traces.groups().contains(topic));
    }
  }

  @Test
  void aKilledConsumerOfTheOldQueueDoesNotHoldUpTheNewOne() throws Exception {
    String queue = stack.queue("\"maxsize\": 2");
    use(queue);
    stack.consumers.get(0).kill();
    try (KafkaTraces traces = new KafkaTraces(stack.broker, queue)) {
      expect(204, delete(0, queue));
      expect(204, delete(1, queue));
      expectCreated(create(1, queue));
      expectNew(0, queue);
      Await.until(
          "its group is gone with its session",
          SESSION,
          () -> traces.groups().equals(Set.of("multipod.queue." + queue + ".1")));
    }
  }

  @Test
  void aConsumerThatSleptServesTheNewQueue() throws Exception {
    String queue = stack.queue("\"maxsize\": 2");
    Answer held = use(queue);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<Answer> second = threads.submit(() -> stack.take(0, queue, "60s"));
      assertEquals("waits", expect(200, second.get()).data());
      Future<Answer> waiting = threads.submit(() -> stack.take(0, queue, "60s"));
      stack.consumers.get(0).pause();
      try {
        expect(204, delete(0, queue));
        expectCreated(create(1, queue));
        expect(201, stack.put(0, queue, "new", "0s"));
      } finally {
        stack.consumers.get(0).resume();
      }
      Answer item = waiting.get();
      if (item.status() == 404) {
        item = stack.take(0, queue, "60s");
      }
      assertEquals("new", expect(200, item).data());
      assertEquals("1-0", item.json().get("id").asText());
      Await.until(
          "the old lease has ended",
          SOON,
          () -> stack.acknowledge(1, held.ackUrl(), "done").status() == 409);
      expect(204, stack.acknowledge(1, item.ackUrl(), "done"));
      expect(200, stack.join(0, queue, "30s"));
    }
  }
}
