package dev.multipod.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpRequest.BodyPublishers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TicketsTest {
  private static final int STOCK = 100;
  private static final int BUYERS = 200;

  @Test
  void twoHundredBuyersOfAHundredTicketsGetExactlyAHundred() throws Exception {
    String event = Multipod.unique("mutex");
    Multipod.put("/ticket-service/events/" + event, Map.of("stock", STOCK)).expect(201);
    List<Multipod.Answer> answers = rush(event, "mutex", BUYERS);
    List<Integer> remaining =
        answers.stream()
            .filter(answer -> answer.status() == 201)
            .map(answer -> answer.json().path("remainingAfter").asInt())
            .sorted()
            .toList();
    assertEquals(IntStream.range(0, STOCK).boxed().toList(), remaining);
    for (Multipod.Answer answer : answers) {
      if (answer.status() != 201) {
        assertEquals("sold-out", answer.problem(409));
      }
    }
    JsonNode after = Multipod.get("/ticket-service/events/" + event).expect(200).json();
    assertEquals(STOCK, after.path("sold").asInt());
    assertEquals(0, after.path("remaining").asInt());
  }

  @Test
  void withoutALockMoreIsSoldThanThereIs() throws Exception {
    String event = Multipod.unique("none");
    Multipod.put("/ticket-service/events/" + event, Map.of("stock", 10, "think", "100ms"))
        .expect(201);
    long sold = rush(event, "none", 60).stream().filter(answer -> answer.status() == 201).count();
    assertTrue(sold > 10, "only " + sold + " were sold: the race did not show");
    JsonNode after = Multipod.get("/ticket-service/events/" + event).expect(200).json();
    assertEquals(sold, after.path("sold").asLong());
  }

  @Test
  void aRetryWithTheSameKeyBuysNothingMore() {
    String event = Multipod.unique("retry");
    Multipod.put("/ticket-service/events/" + event, Map.of("stock", 5)).expect(201);
    String key = UUID.randomUUID().toString();
    JsonNode first = order(event, "mutex", key).expect(201).json();
    for (int i = 0; i < 4; i++) {
      Multipod.Answer again = order(event, "mutex", key).expect(201);
      assertEquals("true", again.header("Idempotency-Replayed"));
      assertEquals(first.path("id"), again.json().path("id"));
    }
    assertEquals(1, Multipod.get("/ticket-service/events/" + event).json().path("sold").asInt());
  }

  @Test
  void aHeldLockIsRefusedAndItsTokenGrowsWithEachHolder() {
    String leases = "/ticket-service/locks/" + Multipod.unique("lock") + "/leases";
    Multipod.Answer first = Multipod.post(leases, Map.of("ttl", "20s")).expect(201);
    assertEquals("lock-held", Multipod.post(leases, Map.of("wait", "0s")).problem(423));
    String token = first.header("ETag");
    Multipod.send(Multipod.to(first.path("Location")).header("If-Match", token).DELETE())
        .expect(204);
    Multipod.Answer second = Multipod.post(leases, Map.of("wait", "5s")).expect(201);
    assertTrue(
        second.json().path("token").asLong() > first.json().path("token").asLong(), second::text);
    assertEquals(
        "lease-superseded",
        Multipod.send(Multipod.to(first.path("Location")).header("If-Match", token).DELETE())
            .problem(412));
  }

  private static List<Multipod.Answer> rush(String event, String strategy, int buyers)
      throws InterruptedException, ExecutionException {
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Multipod.Answer>> orders = new ArrayList<>();
      for (int i = 0; i < buyers; i++) {
        orders.add(threads.submit(() -> order(event, strategy, UUID.randomUUID().toString())));
      }
      List<Multipod.Answer> answers = new ArrayList<>();
      for (Future<Multipod.Answer> order : orders) {
        answers.add(order.get());
      }
      return answers;
    }
  }

  /// An order, repeated with its key for as long as the answer is that its turn did not come.
  private static Multipod.Answer order(String event, String strategy, String key) {
    Multipod.Answer answer;
    int tries = 0;
    do {
      answer =
          Multipod.send(
              Multipod.to("/ticket-service/events/%s/orders?strategy=%s".formatted(event, strategy))
                  .header("Idempotency-Key", key)
                  .POST(BodyPublishers.noBody()));
      if (answer.status() == 503) {
        LockSupport.parkNanos(Duration.ofMillis(500).toNanos());
      }
    } while (answer.status() == 503 && ++tries < 60);
    return answer;
  }
}
