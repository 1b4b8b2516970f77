package dev.multipod.consumer;

import static dev.multipod.consumer.QueueStack.expect;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.multipod.consumer.QueueStack.Answer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Many items under one lease.
class BatchLeaseIT {
  private final QueueStack stack = QueueStack.get();

  @AfterEach
  void heal() {
    stack.heal();
  }

  @Test
  void aBatchIsTheNextItemsInTheirOrder() {
    String queue = filled(25);
    List<String> eaten = new ArrayList<>();
    while (eaten.size() < 25) {
      Answer batch = expect(200, take(0, queue, 10));
      List<JsonNode> items = items(batch);
      assertTrue(items.size() <= 10, batch::toString);
      items.forEach(item -> eaten.add(item.get("data").asText()));
      expect(204, stack.acknowledge(1, ackUrl(batch), "done"));
    }
    assertEquals(IntStream.range(0, 25).mapToObj(String::valueOf).toList(), eaten);
    expect(200, stack.join(0, queue, "30s"));
    expect(204, take(0, queue, 10, "0s"));
  }

  @Test
  void eachItemOfABatchCanEndByItself() {
    String queue = filled(4);
    Answer batch = expect(200, take(0, queue, 4));
    List<JsonNode> items = items(batch);
    assertEquals(4, items.size());

    expect(204, stack.acknowledge(1, items.get(0).get("ackUrl").asText(), "done"));
    expect(410, stack.acknowledge(0, items.get(0).get("ackUrl").asText(), "done"));
    expect(204, stack.acknowledge(0, items.get(1).get("ackUrl").asText(), "release"));
    expect(409, stack.acknowledge(0, items.get(1).get("ackUrl").asText(), "done"));
    expect(204, stack.acknowledge(0, items.get(2).get("ackUrl").asText(), "reject"));
    expect(204, stack.acknowledge(0, ackUrl(batch), "done"));
    expect(410, stack.acknowledge(0, items.get(3).get("ackUrl").asText(), "done"));
    expect(410, stack.acknowledge(0, ackUrl(batch), "done"));

    expect(202, stack.join(0, queue, "0s"));
    Answer again = expect(200, take(1, queue, 4));
    assertEquals(
        List.of("1"), items(again).stream().map(item -> item.get("data").asText()).toList());
    assertEquals(2, items(again).getFirst().get("deliveries").asInt());
    expect(204, stack.acknowledge(0, ackUrl(again), "done"));
    expect(200, stack.join(0, queue, "30s"));
    assertEquals(1, stack.end("multipod.queue." + queue + ".dlq"));
  }

  @Test
  void aRenewedBatchIsKept() {
    String queue = stack.queue("\"lease\": \"20s\"");
    fill(queue, 10);
    Answer batch = expect(200, take(0, queue, 10));
    assertEquals(10, items(batch).size());
    expect(204, stack.acknowledge(0, items(batch).get(4).get("ackUrl").asText(), "done"));
    for (int renewal = 0; renewal < 3; renewal++) {
      expect(
          204,
          stack.call(
              stack.consumers.get(1),
              "POST",
              "/consumer/queues/%s/leases/batch?max=10&timeout=8s".formatted(queue),
              ""));
      expect(200, stack.acknowledge(1, ackUrl(batch), "renew"));
    }
    expect(204, stack.acknowledge(0, items(batch).get(5).get("ackUrl").asText(), "done"));
    expect(204, stack.acknowledge(0, ackUrl(batch), "done"));
    expect(200, stack.join(0, queue, "20s"));
  }

  @Test
  void aBatchThatIsNotRenewedComesAgain() {
    String queue = stack.queue("\"lease\": \"8s\"");
    fill(queue, 10);
    Answer batch = expect(200, take(0, queue, 10));
    expect(204, stack.acknowledge(0, items(batch).getFirst().get("ackUrl").asText(), "done"));

    Set<String> again = eat(1, queue, 9);

    assertEquals(
        IntStream.range(1, 10).mapToObj(String::valueOf).collect(Collectors.toSet()), again);
    expect(409, stack.acknowledge(0, ackUrl(batch), "done"));
    expect(410, stack.acknowledge(0, items(batch).getFirst().get("ackUrl").asText(), "done"));
    expect(200, stack.join(0, queue, "20s"));
  }

  @Test
  void theBatchOfAKilledConsumerComesAgainAndNothingElse() {
    String queue = filled(20);
    Answer batch = expect(200, take(0, queue, 10));
    int held = items(batch).size();
    expect(204, stack.acknowledge(0, items(batch).getFirst().get("ackUrl").asText(), "done"));

    stack.consumers.get(0).kill();
    Set<String> eaten = eat(1, queue, 19);

    assertEquals(
        IntStream.range(1, 20).mapToObj(String::valueOf).collect(Collectors.toSet()), eaten);
    assertTrue(held <= 10);
    expect(200, stack.join(1, queue, "20s"));
    stack.consumers.get(0).restart();
  }

  @Test
  void aRepeatedGetHasTheSameBatch() {
    String queue = filled(6);
    Answer first = expect(200, keyed(0, queue, 3));
    Answer again = expect(200, keyed(1, queue, 3));

    assertEquals(ackUrl(first), ackUrl(again));
    assertEquals(first.text(), again.text());
    expect(422, keyed(0, queue, 4));
    Answer rest = expect(200, take(0, queue, 6));
    assertNotEquals(ackUrl(first), ackUrl(rest));
    expect(204, stack.acknowledge(0, ackUrl(first), "done"));
    expect(409, keyed(1, queue, 3));
    expect(204, stack.acknowledge(0, ackUrl(rest), "done"));
    eat(0, queue, 6 - items(first).size() - items(rest).size());
    expect(200, stack.join(1, queue, "20s"));
  }

  @Test
  void aNumberThatIsNoneIsRefused() {
    String queue = stack.queue("");
    expect(422, take(0, queue, 0));
    expect(422, take(0, queue, 501));
    expect(404, take(0, "no-such-queue", 1));
  }

  private String filled(int items) {
    String queue = stack.queue("");
    fill(queue, items);
    return queue;
  }

  /// Puts `0`, `1`, … with one call.
  private void fill(String queue, int items) {
    expect(
        201,
        stack.call(
            stack.producers.getFirst(),
            "POST",
            "/producer/queues/%s/items/batch".formatted(queue),
            IntStream.range(0, items).mapToObj(String::valueOf).collect(Collectors.joining("\n")),
            "Idempotency-Key",
            "fill"));
  }

  private Answer take(int consumer, String queue, int max) {
    return take(consumer, queue, max, "30s");
  }

  private Answer take(int consumer, String queue, int max, String timeout) {
    return stack.call(
        stack.consumers.get(consumer),
        "POST",
        "/consumer/queues/%s/leases/batch?max=%d&timeout=%s".formatted(queue, max, timeout),
        "");
  }

  private Answer keyed(int consumer, String queue, int max) {
    return stack.call(
        stack.consumers.get(consumer),
        "POST",
        "/consumer/queues/%s/leases/batch?max=%d&timeout=10s".formatted(queue, max),
        "",
        "Idempotency-Key",
        queue);
  }

  /// Takes and finishes items until it has had so many different ones.
  private Set<String> eat(int consumer, String queue, int items) {
    Set<String> eaten = new HashSet<>();
    while (eaten.size() < items) {
      Answer batch =
          expect(
              200,
              stack.call(
                  stack.consumers.get(consumer),
                  "POST",
                  "/consumer/queues/%s/leases/batch?timeout=40s".formatted(queue),
                  ""));
      items(batch).forEach(item -> eaten.add(item.get("data").asText()));
      expect(204, stack.acknowledge(consumer, ackUrl(batch), "done"));
    }
    return eaten;
  }

  private static String ackUrl(Answer batch) {
    return batch.http().headers().firstValue("Multipod-Lease-Ack-Url").orElseThrow();
  }

  private static List<JsonNode> items(Answer batch) {
    assertEquals(
        "application/x-ndjson", batch.http().headers().firstValue("Content-Type").orElse(""));
    ObjectMapper mapper = new ObjectMapper();
    List<JsonNode> items = new ArrayList<>();
    for (String line : batch.text().lines().toList()) {
      try {
        items.add(mapper.readTree(line));
      } catch (JsonProcessingException e) {
        throw new AssertionError(line, e);
      }
    }
    return items;
  }
}
