package dev.multipod.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Each a clear problem, and nothing changes.
class BadInputTest {
  private static final byte[] NOT_UTF_8 = {'a', (byte) 0xff, 'b'};

  @ParameterizedTest
  @ValueSource(strings = {"tcp-echo", "udp-echo"})
  void textThatIsNotUtf8(String service) {
    assertEquals(
        "not-utf-8",
        Multipod.send(
                Multipod.to("/" + service + "/messages")
                    .header("Content-Type", "text/plain")
                    .POST(BodyPublishers.ofByteArray(NOT_UTF_8)))
            .problem(400));
  }

  @ParameterizedTest
  @ValueSource(strings = {"tcp-echo", "udp-echo"})
  void aBodyOverTheLimit(String service) {
    Multipod.send(
            Multipod.to("/" + service + "/messages")
                .header("Content-Type", "text/plain")
                .POST(BodyPublishers.ofByteArray(new byte[2 << 20])))
        .problem(413);
  }

  @Test
  void aNegativeStock() {
    String path = "/ticket-service/events/" + Multipod.unique("stock");
    Multipod.put(path, Map.of("stock", 7)).expect(201);
    Multipod.put(path, Map.of("stock", -1)).problem(422);
    JsonNode after = Multipod.get(path).expect(200).json();
    assertEquals(7, after.path("stock").asInt());
    assertEquals(7, after.path("remaining").asInt());
  }

  @Test
  void anUnknownQueue() {
    String queue = Multipod.unique("nowhere");
    Multipod.postText("/producer/queues/%s/items?timeout=0s".formatted(queue), "x").problem(404);
    Multipod.postText("/consumer/queues/%s/leases?timeout=0s".formatted(queue), "").problem(404);
    Multipod.get("/producer/queues/%s/join?timeout=0s".formatted(queue)).problem(404);
  }

  @Test
  void aMissingIdempotencyKey() {
    String event = Multipod.unique("key");
    Multipod.put("/ticket-service/events/" + event, Map.of("stock", 1)).expect(201);
    Multipod.post("/ticket-service/events/%s/orders".formatted(event)).problem(400);
    assertEquals(0, Multipod.get("/ticket-service/events/" + event).json().path("sold").asInt());
    String queue = Multipod.unique("key");
    // 200 when the producers had to repeat it among themselves.
    int made = Multipod.put("/producer/queues/" + queue, Map.of("maxsize", 1)).status();
    assertTrue(made == 201 || made == 200, () -> "made with " + made);
    Multipod.post("/producer/queues/%s/items".formatted(queue), "x").problem(400);
    String pool = Multipod.unique("key");
    Multipod.post("/crawler-pool/pools", Map.of("name", pool, "processes", 1)).expect(201);
    Multipod.post("/crawler-pool/pools/%s/tasks".formatted(pool), Map.of("kind", "square", "n", 1))
        .problem(400);
  }

  @Test
  void aNameWithASlash() {
    Multipod.post("/crawler-pool/pools", Map.of("name", "a/b", "processes", 1)).problem(400);
    for (String path : new String[] {"/ticket-service/events/a%2Fb", "/producer/queues/a%2Fb"}) {
      Multipod.Answer answer = Multipod.put(path, Map.of());
      assertTrue(answer.status() == 400 || answer.status() == 404, answer::text);
      answer.problem(answer.status());
    }
  }

  @Test
  void aNegativeDuration() {
    String queue = Multipod.unique("duration");
    // 200 when the producers had to repeat it among themselves.
    int made = Multipod.put("/producer/queues/" + queue, Map.of("maxsize", 1)).status();
    assertTrue(made == 201 || made == 200, () -> "made with " + made);
    assertEquals(
        "invalid-duration",
        Multipod.postText("/producer/queues/%s/items?timeout=-1s".formatted(queue), "x")
            .problem(400));
    assertEquals(
        "invalid-duration",
        Multipod.get("/producer/queues/%s/join?timeout=-1s".formatted(queue)).problem(400));
    assertEquals(
        0, Multipod.get("/producer/queues/" + queue).expect(200).json().path("queued").asInt());
  }
}
