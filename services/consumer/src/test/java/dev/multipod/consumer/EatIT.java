package dev.multipod.consumer;

import static dev.multipod.consumer.QueueStack.expect;
import static dev.multipod.consumer.QueueStack.expectCreated;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.multipod.consumer.QueueStack.Answer;
import dev.multipod.testkit.Await;
import dev.multipod.testkit.ServiceProcess;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/// The tutorial's daemon consumers as loops, and who eats what.
class EatIT {
  private static final Duration SOON = Duration.ofSeconds(40);

  private final QueueStack stack = QueueStack.get();

  private Answer begin(int consumer, String queue, String members) {
    return stack.call(
        stack.consumers.get(consumer),
        "POST",
        "/consumer/runs",
        "{\"queue\": \"%s\", %s}".formatted(queue, members),
        "Idempotency-Key",
        UUID.randomUUID().toString());
  }

  private JsonNode slots(int consumer, String queue) {
    return expect(
            200,
            stack.call(stack.consumers.get(consumer), "GET", "/consumer/slots?queue=" + queue, ""))
        .json();
  }

  private JsonNode stop(JsonNode run) {
    String url = run.path("url").asText();
    return expect(200, stack.call(stack.consumers.get(0), "DELETE", url, "")).json();
  }

  private Follower follow(int consumer, String queue) {
    Follower follower =
        new Follower(stack.consumers.get(consumer), "/consumer/slots/events?queue=" + queue);
    follower.await("watching", stack.consumers.size());
    return follower;
  }

  @Test
  void theSlotsShowWhoEatsWhatAndStoppedLoopsGiveItBack() {
    String queue = stack.queue("");
    stack.put(0, queue, "a", "0s");
    stack.put(0, queue, "b", "0s");
    stack.put(0, queue, "c", "0s");
    JsonNode run = begin(0, queue, "\"name\": \"Bob\", \"loops\": 2, \"each\": \"5m\"").json();
    Await.until("two eat", SOON, () -> slots(0, queue).path("slots").size() == 2);
    Answer third = stack.take(1, queue, "20s");

    for (int consumer = 0; consumer < 2; consumer++) {
      JsonNode table = slots(consumer, queue);
      Set<String> who = new TreeSet<>();
      table.path("slots").forEach(slot -> who.add(slot.path("by").asText()));
      assertEquals(Set.of("Bob-1", "Bob-2", "http"), who, table.toString());
      assertEquals(2, table.path("replicas").size(), table.toString());
      assertTrue(table.path("silent").isEmpty(), table.toString());
      table.path("slots").forEach(slot -> assertEquals(1, slot.path("deliveries").asInt()));
    }
    Answer text =
        stack.call(
            stack.consumers.get(1),
            "GET",
            "/consumer/slots?queue=" + queue,
            "",
            "Accept",
            "text/plain");
    List<String> rows = text.text().lines().toList();
    assertTrue(rows.getFirst().startsWith("REPLICA"), text.text());
    assertEquals(1, rows.stream().filter(row -> row.contains("Bob-2")).count(), text.text());

    JsonNode stopped = stop(run);
    assertEquals("stopped", stopped.path("state").asText());
    assertEquals(0, stopped.path("eaten").asInt());
    Answer a = stack.take(1, queue, "20s");
    Answer b = stack.take(0, queue, "20s");
    assertEquals(Set.of("a", "b"), Set.of(a.data(), b.data()));
    assertEquals(2, a.json().path("deliveries").asInt());
    List.of(a, b, third).forEach(item -> stack.acknowledge(0, item.ackUrl(), "done"));
    expect(200, stack.join(0, queue, "20s"));
  }

  @Test
  void aLoopKeepsAnItemLongerThanItsLeaseByRenewingIt() {
    String queue = stack.queue("\"lease\": \"10s\"");
    try (Follower watch = follow(0, queue)) {
      JsonNode run = begin(1, queue, "\"name\": \"Bob\", \"loops\": 1, \"each\": \"12s\"").json();
      stack.put(0, queue, "a", "0s");
      watch.await("done");
      assertEquals(1, watch.all("taken").size(), watch.lines().toString());
      assertTrue(watch.events().contains("renewed"), watch.lines().toString());
      JsonNode done = watch.all("done").getFirst();
      assertEquals("Bob-1", done.path("by").asText());
      assertEquals("0-0", done.path("item").asText());
      Await.until("it counts", SOON, () -> stop(run).path("eaten").asInt() == 1);
    }
    expect(200, stack.join(0, queue, "20s"));
  }

  @Test
  void everyChangeAtEveryReplicaIsToldAtOne() {
    String queue = stack.queue("");
    stack.put(0, queue, "before", "0s");
    Answer before = stack.take(1, queue, "20s");
    try (Follower watch = follow(0, queue)) {
      watch.await("held");
      assertEquals(
          stack.consumers.get(1).name(), watch.all("held").getFirst().path("replica").asText());
      expect(204, stack.acknowledge(0, before.ackUrl(), "done"));
      watch.await("done");
      for (int consumer = 0; consumer < 2; consumer++) {
        stack.put(0, queue, "a", "0s");
        Answer item = stack.take(consumer, queue, "20s");
        watch.await("taken", consumer + 1);
        expect(204, stack.acknowledge(0, item.ackUrl(), consumer == 0 ? "done" : "reject"));
      }
      watch.await("rejected");
      assertEquals(2, watch.all("done").size(), watch.lines().toString());
    }
  }

  @Test
  void aReplicaEatsByItselfFromTheQueueOfItsConfigurationUntilItIsToldToStop() {
    String queue = "eaten-" + UUID.randomUUID().toString().substring(0, 8);
    try (ServiceProcess eater =
        ServiceProcess.of("consumer")
            .replica(3)
            .with(stack.broker)
            .with("MULTIPOD_CONSUMER_EAT_QUEUE", queue)
            .with("MULTIPOD_CONSUMER_EAT_LOOPS", "1")
            .with("MULTIPOD_CONSUMER_EAT_EACH", "6s")
            .jvm("-XX:TieredStopAtLevel=1")
            .start()) {
      // Made after its eater.
      expectCreated(stack.call(stack.producers.get(0), "PUT", "/producer/queues/" + queue, "{}"));
      stack.put(0, queue, "first", "0s");
      stack.put(0, queue, "second", "0s");
      try (Follower watch = new Follower(eater, "/consumer/slots/events")) {
        watch.await("done");
        watch.await(
            "the second item",
            line ->
                line.path("event").asText().equals("taken")
                    && line.path("item").asText().equals("0-1"));

        assertTrue(eater.stop(Duration.ofSeconds(20)), () -> String.join("\n", eater.log()));
        assertEquals(Follower.End.CLEAN, watch.awaitEnd());
        assertTrue(watch.events().contains("released"), watch.lines().toString());
      }
      Answer second = stack.take(0, queue, "20s");
      assertEquals("second", second.data());
      assertEquals(2, second.json().path("deliveries").asInt());
      expect(204, stack.acknowledge(0, second.ackUrl(), "done"));
      expect(200, stack.join(0, queue, "20s"));
    }
  }

  @Test
  void moreLoopsThanAReplicaMayHaveAreRefused() {
    String queue = stack.queue("");
    for (String wrong :
        List.of("\"loops\": 0", "\"loops\": 17", "\"each\": \"2h\"", "\"name\": \"\"")) {
      expect(422, begin(0, queue, wrong));
    }
    expect(404, begin(0, "no-such-queue", "\"loops\": 1"));
    JsonNode run = expect(201, begin(stack.consumers.get(0), queue, "\"loops\": 16")).json();
    expect(503, begin(stack.consumers.get(0), queue, "\"loops\": 1"));
    stop(run);
    // A loop in the middle of a poll ends a moment after it was told to.
    List<JsonNode> again = new ArrayList<>();
    Await.until(
        "another one may begin",
        SOON,
        () -> {
          Answer answer = begin(stack.consumers.get(0), queue, "\"loops\": 1");
          return answer.status() == 201 && again.add(answer.json());
        });
    again.forEach(this::stop);
  }

  /// At that very replica, wherever the key belongs to.
  private Answer begin(ServiceProcess consumer, String queue, String members) {
    return stack.call(
        consumer,
        "POST",
        "/consumer/runs",
        "{\"queue\": \"%s\", %s}".formatted(queue, members),
        "Idempotency-Key",
        UUID.randomUUID().toString(),
        "Multipod-Forwarded",
        "test");
  }
}
