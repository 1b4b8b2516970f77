package dev.multipod.consumer;

import static dev.multipod.consumer.QueueStack.expect;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.multipod.consumer.QueueStack.Answer;
import dev.multipod.testkit.Await;
import dev.multipod.testkit.ServiceProcess;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Many items in one call.
class BatchIT {
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final String ITEMS = "application/vnd.multipod.items+x-ndjson";

  private final QueueStack stack = QueueStack.get();

  @Test
  void eachLineIsAnItemInTheOrderOfTheLines() {
    String queue = stack.queue("");
    Answer first = expect(201, batch(0, queue, "1\n2\n\n3\r\n", "0s", "one"));
    Answer second =
        expect(201, batch(1, queue, "{\"n\": 4}\n", "0s", "two", "application/x-ndjson"));

    assertEquals(3, first.json().get("put").asInt());
    assertEquals(3, first.json().get("ids").size());
    assertEquals(1, second.json().get("put").asInt());
    assertEquals(List.of("1", "2", "3", "{\"n\": 4}"), eat(queue, 4));
    expect(200, stack.join(0, queue, "30s"));
    expect(204, stack.take(0, queue, "0s"));
  }

  @Test
  void whatFindsNoPlaceIsPutByTheSameCallLater() throws Exception {
    String queue = stack.queue("\"maxsize\": 3");
    String lines = "a\nb\nc\nd\ne\n";
    Answer full = expect(429, batch(0, queue, lines, "0s", "key"));
    assertEquals(3, full.json().get("put").asInt());
    assertEquals(3, stack.look(0, queue).get("queued").asInt());

    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<Answer> rest = threads.submit(() -> batch(1, queue, lines, "60s", "key"));
      assertEquals(List.of("a", "b", "c", "d", "e"), eat(queue, 5));
      Answer all = expect(201, rest.get());
      assertEquals(5, all.json().get("put").asInt());
      assertEquals(3, all.json().get("replayed").asInt());
    }
    expect(200, stack.join(0, queue, "30s"));
  }

  @Test
  void aRepeatedBatchPutsNothing() {
    String queue = stack.queue("");
    String lines =
        IntStream.range(0, 1000).mapToObj(String::valueOf).collect(Collectors.joining("\n"));
    Answer first = expect(201, batch(0, queue, lines, "0s", "key"));
    Answer again = expect(201, batch(1, queue, lines, "0s", "key"));

    assertEquals(0, first.json().get("replayed").asInt());
    assertEquals(1000, again.json().get("replayed").asInt());
    assertEquals(first.json().get("ids"), again.json().get("ids"));
    assertEquals(1000, stack.end("multipod.queue." + queue));
    expect(422, batch(0, queue, "other\n", "0s", "key"));
    // A line's key is not one that a caller can have.
    expect(201, stack.put(0, queue, "other", "0s", "key"));
    assertEquals(1001, stack.end("multipod.queue." + queue));
  }

  /// More than are on their way to the broker at a time.
  @Test
  void aLongBatchKeepsItsOrderAndARepeatedOneGoesOnWhereItWasFull() {
    String queue = stack.queue("\"maxsize\": 1200");
    String lines =
        IntStream.range(0, 2500).mapToObj(String::valueOf).collect(Collectors.joining("\n"));
    Set<String> eaten = new HashSet<>();
    for (int put = 1200; put <= 2400; put += 1200) {
      Answer full = expect(429, batch(put / 1200 % 2, queue, lines, "0s", "key"));
      assertEquals(put, full.json().get("put").asInt());
      eatAll(queue, eaten);
      Await.until(
          "the places are free", PATIENCE, () -> stack.look(0, queue).get("queued").asInt() == 0);
    }
    Answer all = expect(201, batch(0, queue, lines, "0s", "key"));
    eatAll(queue, eaten);

    assertEquals(2400, all.json().get("replayed").asInt());
    List<Long> offsets = new ArrayList<>();
    all.json().get("ids").forEach(id -> offsets.add(offset(id.asText())));
    assertEquals(2500, offsets.size());
    assertEquals(offsets.stream().sorted().distinct().toList(), offsets);
    assertEquals(2500, eaten.size());
  }

  /// An id ends with its offset.
  private static long offset(String id) {
    return Long.parseLong(id.replaceAll(".*[^0-9]", ""));
  }

  private void eatAll(String queue, Set<String> eaten) {
    Await.until(
        "all is eaten",
        PATIENCE,
        () -> {
          Answer lease =
              stack.call(
                  stack.consumers.get(0),
                  "POST",
                  "/consumer/queues/%s/leases/batch?max=500&timeout=1s".formatted(queue),
                  "");
          if (lease.status() == 200) {
            String done = lease.http().headers().firstValue("Multipod-Lease-Ack-Url").orElseThrow();
            expect(204, stack.acknowledge(0, done, "done"));
            for (String line : lease.text().lines().toList()) {
              eaten.add(new ObjectMapper().readTree(line).get("data").asText());
            }
          }
          return stack.join(0, queue, "0s").status() == 200;
        });
  }

  /// By the owner, and by the one that passes the lines on.
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void badBatchesAreRefusedAndChangeNothing(boolean byOwner) {
    String queue = stack.queue("");
    int owner = stack.owner(queue);
    int replica = byOwner ? owner : 1 - owner;
    assertEquals("no-items", slug(expect(422, batch(replica, queue, "\n\n", "0s", "key"))));
    assertEquals("no-items", slug(expect(422, batch(replica, queue, "", "0s", "key"))));
    assertEquals(
        "too-many-items",
        slug(expect(422, batch(replica, queue, "x\n".repeat(5001), "0s", "key"))));
    expect(413, batch(replica, queue, "x".repeat(1024 * 1024 + 1), "0s", "key"));
    expect(404, batch(replica, "no-such-queue", "x", "0s", "key"));
    ServiceProcess producer = stack.producers.get(replica);
    String path = "/producer/queues/" + queue + "/items/batch";
    expect(400, stack.call(producer, "POST", path, "x\n"));
    Answer headers =
        stack.call(
            producer,
            "POST",
            path,
            "\nx\n",
            "Idempotency-Key",
            "key",
            "Multipod-Item-Header-much",
            "x".repeat(4096));
    assertEquals("item-headers-too-large", slug(expect(422, headers)));
    assertEquals(2, headers.json().get("line").asInt());
    String items = "{\"data\": \"good\"}\n\n{\"data\": 1, \"data\": 2}\n";
    Answer twice = batch(replica, queue, items, "0s", "key", ITEMS);
    assertEquals("malformed-json", slug(expect(400, twice)));
    assertEquals(3, twice.json().get("line").asInt());
    assertEquals(0, stack.end("multipod.queue." + queue));
  }

  private static String slug(Answer answer) {
    return answer.json().get("type").asText().replaceAll(".*:", "");
  }

  private Answer batch(int producer, String queue, String lines, String timeout, String key) {
    return batch(producer, queue, lines, timeout, key, "text/plain");
  }

  private Answer batch(
      int producer, String queue, String lines, String timeout, String key, String type) {
    return stack.call(
        stack.producers.get(producer),
        "POST",
        "/producer/queues/%s/items/batch?timeout=%s".formatted(queue, timeout),
        lines,
        "Idempotency-Key",
        key,
        "Content-Type",
        type);
  }

  private List<String> eat(String queue, int count) {
    List<String> eaten = new ArrayList<>();
    while (eaten.size() < count) {
      Answer item = expect(200, stack.take(0, queue, "30s"));
      eaten.add(item.data());
      expect(204, stack.acknowledge(0, item.ackUrl(), "done"));
    }
    return eaten;
  }
}
