package dev.multipod.consumer;

import static dev.multipod.consumer.QueueStack.expect;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.multipod.consumer.QueueStack.Answer;
import dev.multipod.testkit.Await;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;

/// Items that were given up: looked at, and put back.
class DeadLettersIT {
  private final QueueStack stack = QueueStack.get();

  private Answer look(int producer, String queue, String query) {
    return stack.call(
        stack.producers.get(producer), "GET", "/producer/queues/" + queue + "/dlq" + query, "");
  }

  private Answer redrive(int producer, String queue, String query, String key) {
    return stack.call(
        stack.producers.get(producer),
        "POST",
        "/producer/queues/" + queue + "/dlq/redrive" + query,
        "",
        "Idempotency-Key",
        key);
  }

  /// Puts items and has each rejected.
  private void giveUp(String queue, String... items) {
    for (String item : items) {
      expect(201, stack.put(0, queue, item, "30s"));
      expect(204, stack.acknowledge(0, stack.take(0, queue, "30s").ackUrl(), "reject"));
    }
  }

  private String eat(String queue) {
    Answer item = expect(200, stack.take(1, queue, "30s"));
    assertEquals(1, item.json().get("deliveries").asInt());
    expect(204, stack.acknowledge(0, item.ackUrl(), "done"));
    return item.data();
  }

  private static List<String> data(Answer page) {
    return StreamSupport.stream(page.json().get("letters").spliterator(), false)
        .map(letter -> letter.get("data").asText())
        .toList();
  }

  @Test
  void eachIsShownWithWhyAndAfterHowManyHandOutsItDied() {
    Instant before = Instant.now().minus(Duration.ofSeconds(1));
    String queue = stack.queue("\"maxDeliveries\": 2");
    byte[] bytes = {(byte) 0xff, 0, 1};
    stack.call(
        stack.producers.get(0).base().resolve("/producer/queues/" + queue + "/items"),
        "POST",
        bytes,
        "Idempotency-Key",
        "1",
        "Content-Type",
        "image/x-dish");
    for (int delivery = 1; delivery <= 2; delivery++) {
      expect(204, stack.acknowledge(0, stack.take(0, queue, "30s").ackUrl(), "release"));
    }
    expect(204, stack.take(1, queue, "2s"));
    giveUp(queue, "bad");

    JsonNode answer = expect(200, look(1, queue, "")).json();
    assertEquals(2, answer.get("total").asInt());
    assertFalse(answer.has("next"));
    JsonNode used = answer.get("letters").get(0);
    assertEquals("0-0", used.get("id").asText());
    assertEquals("deliveries", used.get("reason").asText());
    assertEquals(2, used.get("handOuts").asInt());
    assertEquals("image/x-dish", used.get("contentType").asText());
    assertEquals("/wAB", used.get("b64").asText());
    assertFalse(used.has("data"));
    JsonNode rejected = answer.get("letters").get(1);
    assertEquals("0-1", rejected.get("id").asText());
    assertEquals("rejected", rejected.get("reason").asText());
    assertEquals(1, rejected.get("handOuts").asInt());
    assertEquals("text/plain", rejected.get("contentType").asText());
    assertEquals("bad", rejected.get("data").asText());
    Instant died = Instant.parse(rejected.get("died").asText());
    assertTrue(
        died.isAfter(before) && died.isBefore(Instant.now().plusSeconds(1)), answer::toString);
    // Looking takes none away.
    assertEquals(answer, look(0, queue, "").json());
  }

  @Test
  void aPageIsAsLongAsAskedForAndLeadsToTheNext() {
    String queue = stack.queue("");
    assertEquals(0, expect(200, look(0, queue, "")).json().get("total").asInt());
    giveUp(queue, "a", "b", "c");

    Answer first = expect(200, look(0, queue, "?limit=2"));
    assertEquals(List.of("a", "b"), data(first));
    assertEquals(3, first.json().get("total").asInt());
    String next = first.json().get("next").asText();
    Answer second = expect(200, stack.call(stack.producers.get(1), "GET", next, ""));
    assertEquals(List.of("c"), data(second));
    assertFalse(second.json().has("next"));
  }

  @Test
  void aPageEndsBeforeItHasTooManyBytes() {
    String queue = stack.queue("");
    String large = "x".repeat(1024 * 1024);
    giveUp(queue, large, large, large, large, large);

    Answer first = expect(200, look(0, queue, ""));
    assertEquals(4, first.json().get("letters").size());
    String next = first.json().get("next").asText();
    Answer second = expect(200, stack.call(stack.producers.get(0), "GET", next, ""));
    assertEquals(List.of(large), data(second));
  }

  @Test
  void aRedrivenItemIsANewOneOfTheSameBytesAndType() {
    String queue = stack.queue("\"maxDeliveries\": 1");
    giveUp(queue, "a", "b");
    JsonNode answer = expect(200, redrive(1, queue, "", "key")).json();
    assertEquals(2, answer.get("redriven").asInt());
    assertEquals(0, answer.get("replayed").asInt());
    assertEquals(0, answer.get("remaining").asInt());
    assertEquals(0, look(0, queue, "").json().get("total").asInt());

    Answer a = expect(200, stack.take(0, queue, "30s"));
    assertEquals("0-2", a.json().get("id").asText());
    assertEquals("a", a.data());
    assertEquals("text/plain", a.json().get("contentType").asText());
    assertEquals(1, a.json().get("deliveries").asInt());
    expect(204, stack.acknowledge(1, a.ackUrl(), "done"));
    // It dies again, and comes back again.
    expect(204, stack.acknowledge(0, stack.take(0, queue, "30s").ackUrl(), "reject"));
    assertEquals(1, redrive(0, queue, "", "other").json().get("redriven").asInt());
    assertEquals("b", eat(queue));
    expect(200, stack.join(1, queue, "30s"));
  }

  @Test
  void whatFitsIsPutBackAndTheSameCallGoesOn() throws Exception {
    String queue = stack.queue("\"maxsize\": 2");
    giveUp(queue, "a", "b", "c", "d", "e");
    Await.until(
        "all places are free",
        Duration.ofSeconds(60),
        () -> stack.look(0, queue).get("queued").asInt() == 0);
    Answer full = expect(429, redrive(0, queue, "", "key"));
    assertEquals(2, full.json().get("redriven").asInt());
    assertEquals(3, full.json().get("remaining").asInt());
    assertEquals("1", full.http().headers().firstValue("Retry-After").orElse(""));
    assertEquals(2, stack.look(0, queue).get("queued").asInt());
    assertEquals(List.of("c", "d", "e"), data(look(0, queue, "")));

    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<Answer> rest = threads.submit(() -> redrive(1, queue, "?timeout=60s", "key"));
      List<String> eaten = new ArrayList<>();
      while (eaten.size() < 5) {
        eaten.add(eat(queue));
      }
      assertEquals(List.of("a", "b", "c", "d", "e"), eaten);
      JsonNode all = expect(200, rest.get()).json();
      assertEquals(5, all.get("redriven").asInt());
      assertEquals(2, all.get("replayed").asInt());
      assertEquals(0, all.get("remaining").asInt());
    }
    expect(200, stack.join(0, queue, "30s"));
  }

  @Test
  void aRepeatedRedriveIsOneAndAnotherGoesOn() {
    String queue = stack.queue("");
    giveUp(queue, "a", "b", "c");
    expect(200, redrive(0, queue, "?limit=2", "key"));
    JsonNode again = expect(200, redrive(1, queue, "?limit=2", "key")).json();
    assertEquals(2, again.get("redriven").asInt());
    assertEquals(2, again.get("replayed").asInt());
    assertEquals(1, again.get("remaining").asInt());
    expect(422, redrive(0, queue, "?limit=3", "key"));
    assertEquals(5, stack.end("multipod.queue." + queue));

    assertEquals(1, redrive(0, queue, "?limit=2", "other").json().get("redriven").asInt());
    assertEquals(6, stack.end("multipod.queue." + queue));
    assertEquals(List.of("a", "b", "c"), List.of(eat(queue), eat(queue), eat(queue)));
  }

  @Test
  void badInputIsRefusedAndChangesNothing() {
    String queue = stack.queue("");
    giveUp(queue, "a");
    expect(404, look(0, "no-such-queue", ""));
    expect(404, redrive(0, "no-such-queue", "", "key"));
    for (String wrong : List.of("?limit=0", "?limit=1001", "?limit=x", "?after=-1", "?after=x")) {
      expect(400, look(0, queue, wrong));
    }
    expect(400, redrive(0, queue, "?limit=0", "key"));
    expect(400, redrive(0, queue, "?limit=5001", "key"));
    expect(400, redrive(0, queue, "?timeout=-1s", "key"));
    String path = "/producer/queues/" + queue + "/dlq/redrive";
    expect(400, stack.call(stack.producers.get(0), "POST", path, ""));
    assertEquals(1, look(0, queue, "").json().get("total").asInt());
    assertEquals(1, stack.end("multipod.queue." + queue));
  }
}
