package dev.multipod.consumer;

import static dev.multipod.consumer.QueueStack.expect;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.multipod.consumer.QueueStack.Answer;
import dev.multipod.testkit.Await;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.Test;

/// The tutorial's producers as runs.
class RunsIT {
  private static final Duration SOON = Duration.ofSeconds(40);

  private final QueueStack stack = QueueStack.get();

  private Answer begin(int producer, String members, String key) {
    return stack.call(
        stack.producers.get(producer),
        "POST",
        "/producer/runs",
        "{" + members + "}",
        "Idempotency-Key",
        key);
  }

  private JsonNode begin(int producer, String members) {
    return expect(201, begin(producer, members, UUID.randomUUID().toString())).json();
  }

  private JsonNode look(int producer, JsonNode run) {
    return expect(200, stack.call(stack.producers.get(producer), "GET", url(run), "")).json();
  }

  private static String url(JsonNode run) {
    return run.path("url").asText();
  }

  private static String plan(String queue, String name, String dish, int count, String interval) {
    return "\"queue\": \"%s\", \"name\": \"%s\", \"dish\": \"%s\", \"count\": %d, \"interval\": \"%s\""
        .formatted(queue, name, dish, count, interval);
  }

  @Test
  void threeProducersJoinAfterTheLastItemIsDoneAndNotBefore() {
    String queue = stack.queue("\"maxsize\": 3, \"lease\": \"60s\"");
    List<JsonNode> runs =
        List.of(
            begin(0, plan(queue, "Ada", "noodles", 3, "50ms")),
            begin(1, plan(queue, "Bob", "rice", 3, "50ms")),
            begin(0, plan(queue, "Cyd", "soup", 3, "50ms")));
    Answer kept = stack.take(0, queue, "30s");
    List<Follower> followers = new ArrayList<>();
    runs.forEach(run -> followers.add(new Follower(stack.producers.get(1), url(run) + "/events")));

    String eaters = "{\"queue\": \"%s\", \"loops\": 2, \"each\": \"20ms\"}".formatted(queue);
    JsonNode eating =
        expect(
                201,
                stack.call(
                    stack.consumers.get(1),
                    "POST",
                    "/consumer/runs",
                    eaters,
                    "Idempotency-Key",
                    queue))
            .json();
    followers.forEach(
        run -> run.await("one is left", line -> line.path("unfinished").asLong() == 1));
    runs.forEach(run -> assertEquals("joining", look(0, run).path("state").asText()));
    followers.forEach(run -> assertFalse(run.events().contains("joined")));

    expect(204, stack.acknowledge(1, kept.ackUrl(), "done"));
    followers.forEach(run -> assertEquals(Follower.End.CLEAN, run.awaitEnd()));
    followers.forEach(run -> assertEquals("joined", run.events().getLast()));
    runs.forEach(run -> assertEquals("joined", look(1, run).path("state").asText()));
    runs.forEach(run -> assertEquals(3, look(0, run).path("put").asInt()));
    JsonNode eaten =
        stack.call(stack.consumers.get(0), "GET", eating.path("url").asText(), "").json();
    assertEquals(8, eaten.path("eaten").asInt());
    Set<String> items = new TreeSet<>();
    followers.forEach(run -> run.all("put").forEach(put -> items.add(put.path("item").asText())));
    assertEquals(9, items.size());
    assertTrue(items.contains("noodles 1 of Ada"), items.toString());
    assertTrue(items.contains("soup 3 of Cyd"), items.toString());
    followers.forEach(Follower::close);
    stop(eating);
  }

  private void stop(JsonNode eating) {
    String url = eating.path("url").asText();
    expect(200, stack.call(stack.consumers.get(0), "DELETE", url, ""));
  }

  @Test
  void aRunBlockedByAFullQueueGoesOnWhenAnItemIsEaten() {
    String queue = stack.queue("\"maxsize\": 2");
    JsonNode run = begin(0, plan(queue, "Ada", "noodles", 3, "0s"));
    try (Follower steps = new Follower(stack.producers.get(0), url(run) + "/events")) {
      steps.await("full");
      assertEquals(List.of("put", "put", "full"), steps.events());
      assertEquals(2, look(1, run).path("put").asInt());
      assertEquals("putting", look(1, run).path("state").asText());

      for (int n = 1; n <= 3; n++) {
        Answer item = stack.take(n % 2, queue, "30s");
        assertEquals("noodles %d of Ada".formatted(n), item.data());
        expect(204, stack.acknowledge(0, item.ackUrl(), "done"));
      }
      assertEquals(Follower.End.CLEAN, steps.awaitEnd());
      assertEquals(List.of("put", "put", "full", "put"), steps.events().subList(0, 4));
      assertEquals("joined", steps.events().getLast());
    }
  }

  @Test
  void aStoppedRunSaysSoAndWhatItPutStays() {
    String queue = stack.queue("\"maxsize\": 2");
    JsonNode run = begin(0, plan(queue, "Ada", "noodles", 3, "0s"));
    try (Follower steps = new Follower(stack.producers.get(1), url(run) + "/events")) {
      steps.await("full");
      JsonNode stopped =
          expect(200, stack.call(stack.producers.get(1), "DELETE", url(run), "")).json();
      assertEquals("stopped", stopped.path("state").asText());
      assertEquals(2, stopped.path("put").asInt());
      assertEquals(Follower.End.CLEAN, steps.awaitEnd());
      assertEquals(List.of("put", "put", "full", "stopped"), steps.events());
    }
    expect(200, stack.call(stack.producers.get(0), "DELETE", url(run), ""));
    assertEquals("stopped", look(0, run).path("state").asText());
    assertEquals("noodles 1 of Ada", stack.take(0, queue, "20s").data());
    assertEquals("noodles 2 of Ada", stack.take(0, queue, "20s").data());
    expect(204, stack.take(0, queue, "0s"));
  }

  @Test
  void aRepeatedRunIsOneRunAndAnotherOneWithItsKeyIsRefused() {
    String queue = stack.queue("");
    String plan = plan(queue, "Ada", "noodles", 2, "0s");
    Answer first = begin(0, plan, queue);
    Answer again = begin(1, plan, queue);

    assertEquals(first.json().path("id"), again.json().path("id"));
    assertEquals("true", again.http().headers().firstValue("Idempotency-Replayed").orElse(""));
    expect(422, begin(1, plan(queue, "Ada", "noodles", 3, "0s"), queue));
    Await.until(
        "it joins", SOON, () -> look(0, first.json()).path("state").asText().equals("joining"));
    assertEquals(2, stack.end("multipod.queue." + queue));
    expect(200, stack.call(stack.producers.get(0), "DELETE", url(first.json()), ""));
  }

  @Test
  void theTokenOfWhoBeganARunIsNotKeptWithItsItems() {
    String queue = stack.queue("");
    String body = "{%s}".formatted(plan(queue, "Ada", "rice", 1, "0s"));
    JsonNode run =
        expect(
                201,
                stack.call(
                    stack.producers.get(0),
                    "POST",
                    "/producer/runs",
                    body,
                    "Idempotency-Key",
                    queue,
                    "Authorization",
                    "Bearer secret"))
            .json();
    TopicPartition items = new TopicPartition("multipod.queue." + queue, 0);
    Map<String, Object> config = Map.of("bootstrap.servers", stack.broker.bootstrapServers());
    List<String> headers = new ArrayList<>();
    try (var reader =
        new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      reader.assign(List.of(items));
      reader.seekToBeginning(List.of(items));
      Await.until(
          "the item",
          SOON,
          () -> {
            reader
                .poll(Duration.ofMillis(200))
                .forEach(item -> item.headers().forEach(header -> headers.add(header.key())));
            return !headers.isEmpty();
          });
    }
    assertEquals(List.of("content-type", "idempotency-key"), headers);
    expect(200, stack.call(stack.producers.get(0), "DELETE", url(run), ""));
  }

  @Test
  void everyReplicaListsTheRunsOfAll() {
    String queue = stack.queue("");
    Set<String> begun = new TreeSet<>();
    for (int i = 0; i < 4; i++) {
      begun.add(begin(i % 2, plan(queue, "Ada", "rice", 1, "0s")).path("id").asText());
    }
    for (int producer = 0; producer < 2; producer++) {
      JsonNode all = stack.call(stack.producers.get(producer), "GET", "/producer/runs", "").json();
      Set<String> listed = new TreeSet<>();
      all.path("runs").forEach(run -> listed.add(run.path("id").asText()));
      assertTrue(listed.containsAll(begun), all.toString());
      assertTrue(all.path("silent").isEmpty(), all.toString());
    }
    begun.forEach(run -> stack.call(stack.producers.get(0), "DELETE", "/producer/runs/" + run, ""));
  }

  @Test
  void whoComesBackWithTheLastEventIdIsToldTheRest() {
    String queue = stack.queue("");
    JsonNode run = begin(0, plan(queue, "Ada", "rice", 3, "0s"));
    Await.until("it has put", SOON, () -> look(0, run).path("put").asInt() > 0);
    expect(200, stack.call(stack.producers.get(0), "DELETE", url(run), ""));

    Answer rest =
        stack.call(
            stack.producers.get(1),
            "GET",
            url(run) + "/events",
            "",
            "Accept",
            "text/event-stream",
            "Last-Event-ID",
            "0");
    assertEquals("text/event-stream", rest.http().headers().firstValue("Content-Type").orElse(""));
    assertTrue(rest.text().startsWith("id: 1\nevent: put\ndata: {\"event\":\"put\","), rest.text());
    long last = rest.text().lines().filter(line -> line.startsWith("id: ")).count();
    Answer end =
        stack.call(
            stack.producers.get(0),
            "GET",
            url(run) + "/events",
            "",
            "Accept",
            "text/event-stream",
            "Last-Event-ID",
            String.valueOf(last - 1));
    assertTrue(end.text().startsWith("id: %d\nevent: stopped\n".formatted(last)), end.text());
  }

  @Test
  void aRunThatCannotBeMadeIsRefusedAndNothingIsPut() {
    String queue = stack.queue("");
    for (String wrong :
        List.of(
            "\"queue\": \"%s\", \"count\": 0",
            "\"queue\": \"%s\", \"count\": 1000000",
            "\"queue\": \"%s\", \"interval\": \"2h\"",
            "\"queue\": \"%s\", \"name\": \"a\\nb\"",
            "\"queue\": \"%s\", \"item\": \"\"",
            "\"name\": \"Ada\"")) {
      Answer refused = begin(0, wrong.formatted(queue), UUID.randomUUID().toString());
      assertEquals(422, expect(422, refused).status(), wrong);
    }
    expect(400, begin(0, "\"queue\": \"%s\", \"counts\": 3".formatted(queue), "1"));
    expect(404, begin(0, "\"queue\": \"no-such-queue\"", "1"));
    expect(400, stack.call(stack.producers.get(0), "POST", "/producer/runs", "{}"));
    for (String run : List.of("producer-1.0", "producer-2.0", "producer-9.0", "x")) {
      String path = "/producer/runs/" + run;
      expect(404, stack.call(stack.producers.get(0), "GET", path, ""));
      expect(404, stack.call(stack.producers.get(0), "DELETE", path, ""));
      expect(404, stack.call(stack.producers.get(0), "GET", path + "/events", ""));
    }
    assertEquals(0, stack.end("multipod.queue." + queue));
  }
}
