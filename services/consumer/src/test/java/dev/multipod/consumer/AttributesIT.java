package dev.multipod.consumer;

import static dev.multipod.consumer.QueueStack.expect;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.multipod.consumer.QueueStack.Answer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// An item's key and headers, beside its bytes and media type.
class AttributesIT {
  private static final String ITEMS = "application/vnd.multipod.items+x-ndjson";

  private final QueueStack stack = QueueStack.get();

  private Answer put(int producer, String path, String body, String... headers) {
    List<String> all = new ArrayList<>(List.of(headers));
    all.addAll(List.of("Idempotency-Key", UUID.randomUUID().toString()));
    return stack.call(
        stack.producers.get(producer), "POST", path, body, all.toArray(String[]::new));
  }

  private Answer put(String queue, String... headers) {
    return put(0, "/producer/queues/" + queue + "/items", "x", headers);
  }

  private static String header(Answer answer, String name) {
    return answer.http().headers().firstValue(name).orElse("none");
  }

  @Test
  void whatIsPutInHeadersComesBackInThemThroughEitherReplica() {
    String queue = stack.queue("");
    for (int producer = 0; producer < 2; producer++) {
      expect(
          201,
          put(
              producer,
              "/producer/queues/" + queue + "/items",
              "x",
              "Content-Type",
              "text/plain; charset=UTF-8; note=\"a;b\"",
              "Multipod-Item-Key",
              "order 7",
              "Multipod-Item-Header-Tenant",
              "n%C3%BCdeln \"a, b\"",
              "Multipod-Item-Header-sig",
              "%FF%00%25%20"));
      Answer item =
          stack.call(
              stack.consumers.get(producer),
              "POST",
              "/consumer/queues/" + queue + "/leases?timeout=20s",
              "",
              "Accept",
              "application/octet-stream");
      assertEquals("text/plain; charset=UTF-8; note=\"a;b\"", header(item, "Content-Type"));
      assertEquals("order 7", header(item, "Multipod-Item-Key"));
      assertEquals("n%C3%BCdeln \"a, b\"", header(item, "Multipod-Item-Header-tenant"));
      assertEquals("%FF%00%25%20", header(item, "Multipod-Item-Header-sig"));
      expect(204, stack.acknowledge(0, header(item, "Multipod-Item-Ack-Url"), "done"));
    }
  }

  @Test
  void anItemWithoutThemHasNoneAndOursAreNotShown() {
    String queue = stack.queue("");
    expect(
        201,
        put(
            queue,
            "traceparent",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "baggage",
            "a=b"));
    JsonNode item = stack.take(0, queue, "20s").json();
    for (String member : List.of("key", "keyB64", "headers", "headersB64")) {
      assertFalse(item.has(member), item::toString);
    }
  }

  @Test
  void aCallersHeaderIsNeverOneOfOurs() {
    String queue = stack.queue("\"maxDeliveries\": 5");
    List<String> ours =
        List.of("content-type", "idempotency-key", "putter", "item", "hand-outs", "reason");
    List<String> headers = new ArrayList<>();
    ours.forEach(name -> headers.addAll(List.of("Multipod-Item-Header-" + name, "99")));
    String id = expect(201, put(queue, headers.toArray(String[]::new))).json().get("id").asText();

    JsonNode item = expect(200, stack.take(0, queue, "20s")).json();

    assertEquals(id, item.get("id").asText());
    assertEquals(1, item.get("deliveries").asInt());
    assertEquals("application/octet-stream", item.get("contentType").asText());
    ours.forEach(name -> assertEquals("99", item.path("headers").path(name).asText(), name));
  }

  @Test
  void whatOneGetGaveCanBePutAgainAsItIs() throws Exception {
    String first = stack.queue("");
    String second = stack.queue("");
    String lines =
        """
        {"data": "noodles", "contentType": "text/x-dish", "key": "k", "headers": {"tenant": "nüdeln", "empty": ""}}
        {"b64": "/wAB", "keyB64": "/w==", "headersB64": {"sig": "AP8="}}
        """;
    expect(
        201,
        put(
            1,
            "/producer/queues/" + first + "/items/batch",
            lines,
            "Content-Type",
            ITEMS,
            "Multipod-Item-Header-Tenant",
            "all"));
    Answer got = takeMany(first);
    expect(
        201,
        put(0, "/producer/queues/" + second + "/items/batch", got.text(), "Content-Type", ITEMS));
    List<JsonNode> again = lines(takeMany(second));

    assertEquals(2, again.size());
    JsonNode text = again.get(0);
    assertEquals("noodles", text.path("data").asText());
    assertEquals("text/x-dish", text.path("contentType").asText());
    assertEquals("k", text.path("key").asText());
    assertEquals(Map.of("tenant", "nüdeln", "empty", ""), map(text.path("headers")));
    JsonNode bytes = again.get(1);
    assertEquals("/wAB", bytes.path("b64").asText());
    assertEquals("application/octet-stream", bytes.path("contentType").asText());
    assertEquals("/w==", bytes.path("keyB64").asText());
    assertEquals(Map.of("tenant", "all"), map(bytes.path("headers")));
    assertEquals(Map.of("sig", "AP8="), map(bytes.path("headersB64")));
  }

  private Answer takeMany(String queue) {
    return expect(
        200,
        stack.call(
            stack.consumers.get(0),
            "POST",
            "/consumer/queues/" + queue + "/leases/batch?max=10&timeout=20s",
            ""));
  }

  private static List<JsonNode> lines(Answer answer) throws Exception {
    List<JsonNode> lines = new ArrayList<>();
    for (String line : answer.text().lines().toList()) {
      lines.add(new ObjectMapper().readTree(line));
    }
    return lines;
  }

  private static Map<?, ?> map(JsonNode node) {
    return new ObjectMapper().convertValue(node, Map.class);
  }

  @Test
  void aDeadLetterKeepsAndShowsThemAndSoDoesTheItemThatIsPutBack() {
    String queue = stack.queue("");
    expect(201, put(queue, "Multipod-Item-Key", "k%FF", "Multipod-Item-Header-Tenant", "t"));
    expect(204, stack.acknowledge(1, stack.take(0, queue, "20s").ackUrl(), "reject"));

    String letters = "/producer/queues/" + queue + "/dlq";
    JsonNode page = expect(200, stack.call(stack.producers.get(0), "GET", letters, "")).json();
    expectBoth(page.path("letters").path(0));
    expect(200, put(1, letters + "/redrive", ""));
    expectBoth(expect(200, stack.take(0, queue, "20s")).json());
  }

  @Test
  void anItemThatIsGivenBackOrOftenFetchedKeepsThem() {
    String queue = stack.queue("\"maxDeliveries\": 8");
    expect(201, put(queue, "Multipod-Item-Key", "k%FF", "Multipod-Item-Header-Tenant", "t"));
    for (int delivery = 1; delivery <= 8; delivery++) {
      Answer item = expect(200, stack.take(delivery % 2, queue, "20s"));
      expectBoth(item.json());
      expect(204, stack.acknowledge(1, item.ackUrl(), delivery < 8 ? "release" : "done"));
    }
  }

  private static void expectBoth(JsonNode item) {
    assertEquals("a/8=", item.path("keyB64").asText(), item::toString);
    assertEquals(Map.of("tenant", "t"), map(item.path("headers")));
  }

  @Test
  void aRepeatedKeyMustHaveTheSameHeaders() {
    String queue = stack.queue("");
    String path = "/producer/queues/" + queue + "/items";
    for (int wanted : List.of(201, 201)) {
      expect(wanted, sameKey(path, "Multipod-Item-Header-a", "1"));
    }
    expect(422, sameKey(path, "Multipod-Item-Header-a", "2"));
    expect(422, sameKey(path, "Multipod-Item-Key", "1"));
    assertEquals(1, stack.end("multipod.queue." + queue));
  }

  private Answer sameKey(String path, String name, String value) {
    return stack.call(
        stack.producers.get(0), "POST", path, "x", "Idempotency-Key", "same", name, value);
  }

  @Test
  void whatIsTooMuchOrCannotBeUsedIsRefusedAndNothingIsPut() {
    String queue = stack.queue("");
    String header = "Multipod-Item-Header-";
    String[] many =
        IntStream.rangeClosed(1, 33)
            .boxed()
            .flatMap(number -> List.of(header + number, "x").stream())
            .toArray(String[]::new);
    refused(422, "too-many-headers", put(queue, many));
    refused(422, "item-headers-too-large", put(queue, header + "a", "x".repeat(4096)));
    refused(422, "item-headers-too-large", put(queue, "Multipod-Item-Key", "x".repeat(4097)));
    refused(400, "invalid-item-header", put(queue, header + "a", "100%"));
    refused(400, "invalid-item-header", put(queue, header + "a", "1", header + "A", "2"));
    refused(400, "invalid-item-header", put(queue, header, "1"));
    refused(400, "invalid-item-header", put(queue, header + "a+b", "1"));
    refused(400, "invalid-item-header", put(queue, header + "a".repeat(129), "1"));
    refused(400, "invalid-content-type", put(queue, "Content-Type", "text/" + "x".repeat(256)));
    for (String line :
        List.of(
            "{}",
            "null",
            "noodles",
            "{\"data\": \"a\", \"b64\": \"YQ==\"}",
            "{\"b64\": \"?\"}",
            "{\"data\": \"\\ud800\"}",
            "{\"data\": \"a\", \"data\": \"b\"}",
            "{\"data\": \"a\"} {}",
            "{\"data\": \"a\", \"hedaers\": {}}",
            "{\"data\": \"a\", \"headers\": {\"a\": null}}",
            "{\"data\": \"a\", \"headers\": {\"A\": \"1\"}}",
            "{\"data\": \"a\", \"headers\": {\"a\": \"1\"}, \"headersB64\": {\"a\": \"YQ==\"}}",
            "{\"data\": \"a\", \"contentType\": \"text/plain\\r\\nSet-Cookie: a\"}")) {
      Answer answer =
          put(
              0,
              "/producer/queues/" + queue + "/items/batch",
              "{\"data\": \"good\"}\n" + line,
              "Content-Type",
              ITEMS);
      expect(400, answer);
      assertEquals(2, answer.json().path("line").asInt(), line);
    }
    assertEquals(0, stack.end("multipod.queue." + queue));
    expect(201, put(queue, header + "a", "x".repeat(4095)));
  }

  private static void refused(int status, String slug, Answer answer) {
    expect(status, answer);
    assertTrue(answer.json().path("type").asText().endsWith(":" + slug), answer::toString);
  }
}
