package dev.multipod.consumer;

import static dev.multipod.consumer.QueueStack.expect;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.multipod.consumer.QueueStack.Answer;
import dev.multipod.testkit.Await;
import dev.multipod.testkit.ServiceProcess;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RunFaultsIT {
  private static final Duration SOON = Duration.ofSeconds(40);

  private final QueueStack stack = QueueStack.get();

  @AfterEach
  void heal() {
    stack.heal();
  }

  private Answer begin(ServiceProcess replica, String path, String body, String key) {
    // Where it is asked for, wherever the key belongs to.
    return stack.call(
        replica, "POST", path, body, "Idempotency-Key", key, "Multipod-Forwarded", "test");
  }

  private JsonNode run(int producer, String queue, int count, String interval, String key) {
    String body =
        "{\"queue\": \"%s\", \"name\": \"Ada\", \"count\": %d, \"interval\": \"%s\"}"
            .formatted(queue, count, interval);
    return expect(201, begin(stack.producers.get(producer), "/producer/runs", body, key)).json();
  }

  @Test
  void aKilledReplicaTakesItsRunAlongAndTheSameCallElsewhereGoesOnWhereItEnded() {
    String queue = stack.queue("\"maxsize\": 2");
    JsonNode run = run(0, queue, 3, "0s", queue);
    String url = run.path("url").asText();
    try (Follower near = new Follower(stack.producers.get(0), url + "/events");
        Follower far = new Follower(stack.producers.get(1), url + "/events")) {
      near.await("full");
      far.await("full");

      stack.producers.get(0).kill();
      assertEquals(Follower.End.CUT, near.awaitEnd());
      assertEquals(Follower.End.CUT, far.awaitEnd());
      assertEquals(List.of("put", "put", "full"), far.events());
    }
    Answer away = stack.call(stack.producers.get(1), "GET", url, "");
    assertEquals(
        "urn:multipod:problem:replica-away", expect(503, away).json().path("type").asText());
    JsonNode all = stack.call(stack.producers.get(1), "GET", "/producer/runs", "").json();
    assertEquals("producer-1", all.path("silent").path(0).path("replica").asText(), all.toString());

    JsonNode second = run(1, queue, 3, "0s", queue);
    try (Follower steps =
        new Follower(stack.producers.get(1), second.path("url").asText() + "/events")) {
      for (int n = 1; n <= 3; n++) {
        Answer item = stack.take(n % 2, queue, "60s");
        assertEquals("dish %d of Ada".formatted(n), item.data());
        expect(204, stack.acknowledge(0, item.ackUrl(), "done"));
      }
      assertEquals(Follower.End.CLEAN, steps.awaitEnd());
      assertEquals("joined", steps.events().getLast());
    }
    expect(204, stack.take(0, queue, "0s"));
    stack.producers.get(0).restart();
    expect(404, stack.call(stack.producers.get(1), "GET", url, ""));
  }

  @Test
  void aReplicaThatIsStoppedSaysSoToTheStreamsOfItsRuns() {
    String queue = stack.queue("\"maxsize\": 1");
    JsonNode run = run(1, queue, 2, "0s", queue);
    String url = run.path("url").asText();
    try (Follower near = new Follower(stack.producers.get(1), url + "/events");
        Follower far = new Follower(stack.producers.get(0), url + "/events")) {
      near.await("full");
      far.await("full");
      assertTrue(stack.producers.get(1).stop(Duration.ofSeconds(20)));
      assertEquals(Follower.End.CLEAN, near.awaitEnd());
      assertEquals(Follower.End.CLEAN, far.awaitEnd());
      assertEquals(List.of("put", "full", "stopped"), near.events());
      assertEquals(List.of("put", "full", "stopped"), far.events());
    }
    expect(503, stack.call(stack.producers.get(0), "GET", url, ""));
    Answer item = stack.take(0, queue, "20s");
    assertEquals("dish 1 of Ada", item.data());
    expect(204, stack.acknowledge(0, item.ackUrl(), "done"));
  }

  @Test
  void aRunGoesOnWhenTheBrokerIsBack() {
    String queue = stack.queue("");
    JsonNode run = run(0, queue, 5, "1s", queue);
    try (Follower steps =
        new Follower(stack.producers.get(0), run.path("url").asText() + "/events")) {
      steps.await("put");
      stack.broker.kill();
      steps.await("retrying");
      stack.broker.restart();

      Set<String> eaten = new TreeSet<>();
      Await.until(
          () -> "it joins, having eaten " + eaten + " of " + steps.lines(),
          Duration.ofMinutes(2),
          () -> {
            Optional<Answer> item =
                QueueStack.attempt(() -> stack.take(0, queue, "1s")).filter(a -> a.status() == 200);
            // The broker that was killed may give an item again.
            item.ifPresent(it -> stack.acknowledge(0, it.ackUrl(), "done"));
            item.ifPresent(it -> eaten.add(it.data()));
            return steps.events().contains("joined");
          });
      assertEquals(5, eaten.size(), eaten.toString());
      assertEquals(5, steps.all("put").size(), steps.lines().toString());
    }
  }

  @Test
  void whatTheLoopsOfAKilledConsumerHeldIsEatenElsewhere() {
    String queue = stack.queue("");
    JsonNode run = run(0, queue, 4, "0s", queue);
    expect(
        201,
        begin(
            stack.consumers.get(0),
            "/consumer/runs",
            "{\"queue\": \"%s\", \"loops\": 2, \"each\": \"5m\"}".formatted(queue),
            UUID.randomUUID().toString()));
    try (Follower watch =
            new Follower(stack.consumers.get(1), "/consumer/slots/events?queue=" + queue);
        Follower steps =
            new Follower(stack.producers.get(0), run.path("url").asText() + "/events")) {
      Await.until(
          "two are held", SOON, () -> watch.all("taken").size() + watch.all("held").size() >= 2);
      stack.consumers.get(0).kill();
      watch.await("away");
      String slots = "/consumer/slots?queue=" + queue;
      JsonNode table = stack.call(stack.consumers.get(1), "GET", slots, "").json();
      assertEquals("consumer-1", table.path("silent").path(0).path("replica").asText());
      assertEquals(0, table.path("slots").size(), table.toString());
      steps.await("joining");
      assertFalse(steps.events().contains("joined"), steps.lines().toString());

      JsonNode second =
          expect(
                  201,
                  begin(
                      stack.consumers.get(1),
                      "/consumer/runs",
                      "{\"queue\": \"%s\", \"loops\": 2, \"each\": \"20ms\"}".formatted(queue),
                      UUID.randomUUID().toString()))
              .json();
      assertEquals(Follower.End.CLEAN, steps.awaitEnd());
      assertEquals("joined", steps.events().getLast());
      String url = second.path("url").asText();
      Await.until(
          "all four are counted",
          SOON,
          () ->
              stack.call(stack.consumers.get(1), "GET", url, "").json().path("eaten").asInt() == 4);
      expect(200, stack.call(stack.consumers.get(1), "DELETE", url, ""));
    }
  }
}
