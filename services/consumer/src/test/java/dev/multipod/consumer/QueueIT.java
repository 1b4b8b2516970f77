package dev.multipod.consumer;

import static dev.multipod.consumer.QueueStack.expect;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.multipod.consumer.QueueStack.Answer;
import dev.multipod.testkit.Await;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class QueueIT {
  private final QueueStack stack = QueueStack.get();

  private static String topic(String queue) {
    return "multipod.queue." + queue;
  }

  @Test
  void aBodyThatIsNotAnObjectIsRefused() {
    for (String body : List.of("null", "[]", "{} {}", "{\"maxsize\": 1.5}", "{\"count\": 1.5}")) {
      expect(400, stack.call(stack.producers.get(0), "PUT", "/producer/queues/refused", body));
      String[] key = {"Idempotency-Key", "refused"};
      expect(400, stack.call(stack.producers.get(0), "POST", "/producer/runs", body, key));
      expect(400, stack.call(stack.consumers.get(0), "POST", "/consumer/runs", body, key));
    }
    expect(404, stack.put(0, "refused", "x", "0s"));
  }

  @Test
  void aFourthPutIsRefusedAtOnceAndBlocksUntilAnItemIsTaken() throws Exception {
    String queue = stack.queue("\"maxsize\": 3");
    for (String item : List.of("first", "second", "third")) {
      expect(201, stack.put(0, queue, item, "0s"));
    }
    Answer full = stack.put(1, queue, "fourth", "0s");
    assertEquals(429, full.status());
    assertEquals("1", full.http().headers().firstValue("Retry-After").orElse(""));

    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<Answer> fourth = threads.submit(() -> stack.put(1, queue, "fourth", "60s"));
      expect(202, stack.join(0, queue, "300ms"));
      assertFalse(fourth.isDone());
      assertEquals("first", eat(0, queue));
      assertEquals(201, fourth.get().status());
    }
    // Taken before any is done, by one consumer.
    Answer second = stack.take(0, queue, "30s");
    Answer third = stack.take(0, queue, "30s");
    Answer fourth = stack.take(0, queue, "30s");
    assertEquals(
        List.of("second", "third", "fourth"), List.of(second.data(), third.data(), fourth.data()));
    for (Answer item : List.of(second, third, fourth)) {
      expect(204, stack.acknowledge(1, item.ackUrl(), "done"));
    }
  }

  private String eat(int consumer, String queue) {
    Answer item = stack.take(consumer, queue, "30s");
    expect(204, stack.acknowledge(consumer, item.ackUrl(), "done"));
    return item.data();
  }

  @Test
  void eightProducersOverTwoReplicasNeverHaveAFourthItemWaiting() throws Exception {
    String queue = stack.queue("\"maxsize\": 3");
    int items = 24;
    AtomicInteger gets = new AtomicInteger();
    AtomicBoolean over = new AtomicBoolean();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<Long> most = threads.submit(() -> mostWaiting(queue, gets, over));
      List<Future<Answer>> puts = new ArrayList<>();
      for (int i = 0; i < items; i++) {
        int number = i;
        puts.add(threads.submit(() -> stack.put(number % 2, queue, "item-" + number, "60s")));
      }
      Await.until("three items", Duration.ofSeconds(20), () -> stack.end(topic(queue)) == 3);

      Set<String> eaten = ConcurrentHashMap.newKeySet();
      for (int i = 0; i < items; i++) {
        gets.incrementAndGet();
        Answer item = stack.take(i % 2, queue, "30s");
        assertTrue(eaten.add(item.data()), item.toString());
        expect(204, stack.acknowledge(0, item.ackUrl(), "done"));
      }
      for (Future<Answer> put : puts) {
        assertEquals(201, put.get().status());
      }
      over.set(true);
      assertEquals(3, most.get());
      assertEquals(items, eaten.size());
    }
    expect(200, stack.join(1, queue, "20s"));
  }

  /// The most items that ever lay in the topic beyond those that were asked for.
  private long mostWaiting(String queue, AtomicInteger gets, AtomicBoolean over) {
    long most = 0;
    while (!over.get()) {
      // The end first: a get that begins between the two readings makes the sum smaller.
      long end = stack.end(topic(queue));
      most = Math.max(most, end - gets.get());
    }
    return most;
  }

  @Test
  void joinReturnsAfterTheLastTaskDoneAndNotBefore() throws Exception {
    String queue = stack.queue("\"maxsize\": 3");
    stack.put(0, queue, "a", "0s");
    stack.put(1, queue, "b", "0s");
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<Answer> join = threads.submit(() -> stack.join(1, queue, "60s"));
      Answer a = stack.take(0, queue, "20s");
      Answer b = stack.take(1, queue, "20s");
      expect(204, stack.acknowledge(1, a.ackUrl(), "done"));
      Answer notYet = stack.join(0, queue, "500ms");
      assertEquals(202, notYet.status());
      assertEquals(1, notYet.json().get("unfinished").asInt());
      assertFalse(join.isDone());

      expect(204, stack.acknowledge(0, b.ackUrl(), "done"));
      assertEquals(200, join.get().status());
      expect(410, stack.acknowledge(1, b.ackUrl(), "done"));
    }
  }

  @Test
  void aRepeatedPutIsOneItem() {
    String queue = stack.queue("\"maxsize\": 3");
    Answer first = stack.put(0, queue, "a", "0s", "key");
    Answer again = stack.put(1, queue, "a", "0s", "key");

    assertEquals(201, again.status());
    assertEquals(first.text(), again.text());
    assertEquals("true", again.http().headers().firstValue("Idempotency-Replayed").orElse(""));
    expect(422, stack.put(0, queue, "b", "0s", "key"));
    assertEquals(1, stack.end(topic(queue)));
  }

  @Test
  void aRepeatedGetIsOneItem() {
    String queue = stack.queue("");
    stack.put(0, queue, "a", "0s");
    stack.put(0, queue, "b", "0s");
    String path = "/consumer/queues/%s/leases?timeout=20s".formatted(queue);
    String[] key = {"Idempotency-Key", queue};

    Answer first = stack.call(stack.consumers.get(0), "POST", path, "", key);
    Answer again = stack.call(stack.consumers.get(1), "POST", path, "", key);

    assertEquals(first.ackUrl(), again.ackUrl());
  }

  @Test
  void bytesAndContentTypeComeBackAsTheyWere() {
    String queue = stack.queue("");
    byte[] bytes = new byte[1024 * 1024];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (i * 31);
    }
    Answer put =
        stack.call(
            stack.producers.get(0).base().resolve("/producer/queues/" + queue + "/items"),
            "POST",
            bytes,
            "Idempotency-Key",
            "1",
            "Content-Type",
            "image/x-dish");
    assertEquals(201, put.status());

    Answer item =
        stack.call(
            stack.consumers.get(0),
            "POST",
            "/consumer/queues/" + queue + "/leases?timeout=20s",
            "",
            "Accept",
            "application/octet-stream");
    assertArrayEquals(bytes, item.http().body());
    assertEquals("image/x-dish", item.http().headers().firstValue("Content-Type").orElse(""));
    String ackUrl = item.http().headers().firstValue("Multipod-Item-Ack-Url").orElseThrow();
    expect(204, stack.acknowledge(1, ackUrl, "done"));
  }

  @Test
  void anItemThatIsGivenBackTooOftenGoesToTheDeadLetters() {
    String queue = stack.queue("\"maxDeliveries\": 2");
    stack.put(0, queue, "poison", "0s");
    for (int delivery = 1; delivery <= 2; delivery++) {
      Answer item = stack.take(delivery - 1, queue, "20s");
      assertEquals(delivery, item.json().get("deliveries").asInt());
      expect(204, stack.acknowledge(0, item.ackUrl(), "release"));
    }

    Await.until(
        "a dead letter",
        Duration.ofSeconds(40),
        () -> {
          expect(204, stack.take(0, queue, "2s"));
          return stack.end(topic(queue) + ".dlq") == 1;
        });
    expect(200, stack.join(0, queue, "20s"));
  }

  @Test
  void aRejectedItemGoesToTheDeadLettersAndIsFinished() {
    String queue = stack.queue("");
    stack.put(0, queue, "bad", "0s");
    Answer item = stack.take(0, queue, "20s");
    expect(204, stack.acknowledge(1, item.ackUrl(), "reject"));
    assertEquals(1, stack.end(topic(queue) + ".dlq"));
    expect(200, stack.join(0, queue, "20s"));
  }

  @Test
  void aLeaseThatIsNotRenewedIsLostAndTheItemComesAgain() {
    String queue = stack.queue("\"lease\": \"8s\"");
    stack.put(0, queue, "a", "0s");
    Answer first = stack.take(0, queue, "20s");
    Answer second = stack.take(1, queue, "30s");

    assertEquals(2, second.json().get("deliveries").asInt());
    expect(409, stack.acknowledge(0, first.ackUrl(), "done"));
    expect(204, stack.acknowledge(0, second.ackUrl(), "done"));
  }

  @Test
  void aRenewedLeaseLasts() {
    String queue = stack.queue("\"lease\": \"20s\"");
    stack.put(0, queue, "a", "0s");
    Answer item = stack.take(0, queue, "20s");
    for (int renewal = 0; renewal < 3; renewal++) {
      expect(204, stack.take(1, queue, "8s"));
      expect(200, stack.acknowledge(1, item.ackUrl(), "renew"));
    }
    expect(204, stack.acknowledge(0, item.ackUrl(), "done"));
    expect(200, stack.join(0, queue, "20s"));
  }

  @Test
  void badInputIsRefusedAndChangesNothing() {
    String queue = stack.queue("\"maxsize\": 3");
    var producer = stack.producers.get(0);
    String items = "/producer/queues/" + queue + "/items";
    assertEquals(400, stack.call(producer, "POST", items, "x").status());
    expect(404, stack.put(0, "no-such-queue", "x", "0s"));
    expect(404, stack.take(0, "no-such-queue", "0s"));
    expect(404, stack.join(0, "no-such-queue", "0s"));
    expect(400, stack.put(0, "No_Such", "x", "0s"));
    expect(400, stack.put(0, queue, "x", "-1s"));
    assertEquals(
        413,
        stack
            .call(producer, "POST", items, "x".repeat(1024 * 1024 + 1), "Idempotency-Key", "1")
            .status());
    String path = "/producer/queues/" + queue;
    assertEquals(409, stack.call(producer, "PUT", path, "{\"maxsize\": 4}").status());
    assertEquals(200, stack.call(producer, "PUT", path, "{\"maxsize\": 3}").status());
    Map.of(
            "{\"maxsize\": -1}",
            "maxsize",
            "{\"lease\": \"5m\"}",
            "group.share.max.record.lock.duration.ms",
            "{\"maxDeliveries\": 9}",
            "group.share.delivery.count.limit")
        .forEach(
            (wrong, bound) -> {
              Answer refused = expect(422, stack.call(producer, "PUT", path + "-b", wrong));
              assertTrue(refused.text().contains(bound), refused::text);
            });
    assertEquals(404, stack.call(producer, "GET", path + "-b", "").status());
    assertEquals(0, stack.end(topic(queue)));
  }

  @Test
  void whatIsNotTextIsGivenInBase64() {
    String queue = stack.queue("");
    byte[] bytes = {(byte) 0xff, 0, 1};
    stack.call(
        stack.producers.get(1).base().resolve("/producer/queues/" + queue + "/items"),
        "POST",
        bytes,
        "Idempotency-Key",
        "1");
    assertEquals("/wAB", stack.take(0, queue, "20s").json().get("b64").asText());
  }
}
