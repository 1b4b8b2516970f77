package dev.multipod.consumer;

import static dev.multipod.consumer.QueueStack.expect;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.multipod.consumer.QueueStack.Answer;
import dev.multipod.testkit.Await;
import dev.multipod.testkit.ServiceProcess;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class QueueFaultsIT {
  private static final Duration SOON = Duration.ofSeconds(40);
  private final QueueStack stack = QueueStack.get();

  @AfterEach
  void heal() {
    stack.heal();
  }

  /// Takes and finishes every item, and tells which there were.
  private Set<String> eatAll(String queue, int items) {
    Set<String> eaten = new HashSet<>();
    Await.until(
        () -> "all items eaten: " + eaten,
        Duration.ofSeconds(60),
        () -> {
          for (int consumer = 0; consumer < stack.consumers.size(); consumer++) {
            Answer item = stack.take(consumer, queue, "1s");
            if (item.status() == 200) {
              stack.acknowledge(consumer, item.ackUrl(), "done");
              eaten.add(item.data());
            }
          }
          return eaten.size() == items;
        });
    return eaten;
  }

  @Test
  void theItemsOfAKilledConsumerComeAgain() {
    String queue = stack.queue("");
    stack.put(0, queue, "a", "0s");
    stack.put(0, queue, "b", "0s");
    Answer a = stack.take(0, queue, "20s");
    assertEquals("b", stack.take(0, queue, "20s").data());

    stack.consumers.get(0).kill();
    Answer again = stack.take(1, queue, "20s");
    Answer other = stack.take(1, queue, "20s");

    assertEquals(Set.of("a", "b"), Set.of(again.data(), other.data()));
    expect(202, stack.join(0, queue, "0s"));
    expect(204, stack.acknowledge(1, again.ackUrl(), "done"));
    expect(204, stack.acknowledge(1, other.ackUrl(), "done"));
    stack.consumers.get(0).restart();
    expect(409, stack.acknowledge(1, a.ackUrl(), "done"));
    expect(200, stack.join(1, queue, "20s"));
  }

  @Test
  void aConsumerThatIsStoppedGivesBackWhatItHolds() {
    String queue = stack.queue("");
    stack.put(0, queue, "a", "0s");
    assertEquals("a", stack.take(0, queue, "20s").data());

    assertTrue(stack.consumers.get(0).stop(Duration.ofSeconds(30)));
    Answer again = stack.take(1, queue, "20s");

    assertEquals(2, again.json().get("deliveries").asInt());
    expect(204, stack.acknowledge(1, again.ackUrl(), "done"));
    stack.consumers.get(0).restart();
  }

  @Test
  void theBoundHoldsWhenTheAdmittingProducerIsKilled() throws Exception {
    String queue = stack.queue("\"maxsize\": 3");
    int owner = stack.owner(queue);
    int other = 1 - owner;
    for (String item : List.of("a", "b", "c")) {
      expect(201, stack.put(other, queue, item, "0s", item));
    }
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<Answer> fourth = threads.submit(() -> stack.put(other, queue, "d", "60s", "d"));

      stack.producers.get(owner).kill();
      Await.until("a new owner", SOON, () -> stack.look(other, queue).path("queued").asInt() == 3);

      expect(429, stack.put(other, queue, "e", "0s"));
      assertEquals("true", replayed(stack.put(other, queue, "a", "0s", "a")));
      // The topic has a control record more, the end of the killed owner's transaction.
      assertEquals(3, stack.look(other, queue).path("queued").asInt());
      Answer first = stack.take(0, queue, "20s");
      assertEquals("a", first.data());
      assertEquals(201, fourth.get().status());
      stack.acknowledge(0, first.ackUrl(), "done");
    }
    stack.producers.get(owner).restart();
    assertEquals(Set.of("b", "c", "d"), eatAll(queue, 3));
    // Nobody gets any more: the control record of the killed owner must not look like an item.
    expect(200, stack.join(owner, queue, "30s"));
  }

  @Test
  void aStoppedOwnerAdmitsNothingWhenItGoesOn() throws Exception {
    String queue = stack.queue("\"maxsize\": 3");
    int owner = stack.owner(queue);
    int other = 1 - owner;
    for (String item : List.of("a", "b", "c")) {
      expect(201, stack.put(owner, queue, item, "0s"));
    }
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<Answer> late = threads.submit(() -> stack.put(owner, queue, "late", "60s"));
      stack.producers.get(owner).pause();
      try {
        Await.until(
            "a new owner", SOON, () -> stack.look(other, queue).path("queued").asInt() == 3);
        Future<Answer> fourth = threads.submit(() -> stack.put(other, queue, "d", "60s"));
        Answer first = stack.take(0, queue, "20s");
        assertEquals(201, fourth.get().status());
        stack.acknowledge(0, first.ackUrl(), "done");
      } finally {
        stack.producers.get(owner).resume();
      }
      // It hears of the taken item, believes in a free place, and is refused.
      Answer refused = stack.put(owner, queue, "e", "2s", "e");
      for (int tries = 0; refused.status() >= 500 && tries < 10; tries++) {
        refused = stack.put(owner, queue, "e", "2s", "e");
      }
      expect(429, refused);
      assertEquals(3, queued(queue));
      Answer second = stack.take(1, queue, "20s");
      assertEquals("b", second.data());
      stack.acknowledge(1, second.ackUrl(), "done");
      assertEquals(201, late.get().status());
      assertEquals(3, queued(queue));
    }
    assertEquals(Set.of("c", "d", "late"), eatAll(queue, 3));
    expect(200, stack.join(owner, queue, "30s"));
  }

  /// That the broker knows of nothing unfinished is not its word that nothing is.
  @Test
  void aBrokerThatCannotTellIsNotTakenForAQueueThatIsDone() throws Exception {
    String queue = stack.queue("");
    expect(201, stack.put(0, queue, "a", "0s"));
    expect(202, stack.join(0, queue, "0s"));
    try (Admin admin = stack.broker.admin()) {
      admin.deleteShareGroups(List.of("multipod.queue." + queue)).all().get();
    }

    Answer join = expect(503, stack.join(1, queue, "1s"));

    assertTrue(join.text().contains(":join-unknown"), join::text);
    assertTrue(join.text().contains("cannot tell"), join::text);
  }

  private int queued(String queue) {
    return stack.look(stack.owner(queue), queue).path("queued").asInt();
  }

  private static String replayed(Answer answer) {
    return answer.http().headers().firstValue("Idempotency-Replayed").orElse("");
  }

  @Test
  void aKilledBrokerLosesNothingAndNobodyIsToldThatTheQueueIsDone() {
    String queue = stack.queue("\"maxsize\": 5");
    for (String item : List.of("a", "b", "c")) {
      expect(201, stack.put(0, queue, item, "0s"));
    }
    Answer held = stack.take(0, queue, "20s");

    stack.broker.kill();
    Answer join = stack.join(0, queue, "1s");
    Answer put = stack.put(1, queue, "d", "0s", "d");
    assertEquals(503, join.status(), join.toString());
    assertTrue(put.status() == 503 || put.status() == 504, put.toString());
    ServiceProcess producer = stack.producers.get(0);
    Await.until("readiness goes down", SOON, () -> !producer.ready());
    assertEquals(
        200,
        stack.call(producer.management().resolve("/q/health/live"), "GET", new byte[0]).status());

    stack.broker.restart();
    Await.until(
        "everybody is ready",
        SOON,
        () ->
            stack.producers.stream().allMatch(ServiceProcess::ready)
                && stack.consumers.stream().allMatch(ServiceProcess::ready));
    Await.until(
        "the put is repeated", SOON, () -> stack.put(1, queue, "d", "5s", "d").status() == 201);
    stack.acknowledge(0, held.ackUrl(), "done");
    Set<String> eaten = new HashSet<>(Set.of("a"));
    Await.until(
        () -> "all others eaten: " + eaten,
        Duration.ofSeconds(60),
        () -> {
          Optional<Answer> item =
              QueueStack.attempt(() -> stack.take(1, queue, "1s")).filter(a -> a.status() == 200);
          item.ifPresent(
              each -> {
                stack.acknowledge(1, each.ackUrl(), "done");
                eaten.add(each.data());
              });
          return eaten.equals(Set.of("a", "b", "c", "d"));
        });
    Await.until(
        "joined",
        SOON,
        () -> {
          Answer answer = stack.join(0, queue, "5s");
          if (answer.status() == 202) {
            Answer again = stack.take(0, queue, "1s");
            if (again.status() == 200) {
              assertNotEquals("", again.data());
              stack.acknowledge(0, again.ackUrl(), "done");
            }
          }
          return answer.status() == 200;
        });
  }
}
