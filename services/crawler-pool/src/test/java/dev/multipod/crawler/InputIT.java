package dev.multipod.crawler;

import static dev.multipod.crawler.Client.expect;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.multipod.crawler.Client.Answer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@ExtendWith(SharedRig.class)
final class InputIT {
  private final Rig rig;
  private final Client client;
  private final Client other;

  InputIT(Rig rig) {
    this.rig = rig;
    this.client = new Client(rig.first);
    this.other = new Client(rig.second);
  }

  private static String squares(int count) {
    return IntStream.range(0, count)
        .mapToObj(n -> "{\"kind\":\"square\",\"n\":%d}".formatted(n))
        .collect(Collectors.joining(",", "[", "]"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"name\":\"a/b\",\"processes\":4} | 400 | invalid-name",
        "{\"name\":\"\",\"processes\":4} | 400 | invalid-name",
        "{\"name\":\"Ä\",\"processes\":4} | 400 | invalid-name",
        "{\"name\":\"p-x\",\"processes\":0} | 422 | invalid-pool",
        "{\"name\":\"p-x\",\"processes\":-1} | 422 | invalid-pool",
        "{\"name\":\"p-x\",\"processes\":257} | 422 | invalid-pool",
        "{\"name\":\"p-x\"} | 422 | invalid-pool",
        "{\"processes\":4} | 422 | invalid-pool",
        "{\"name\":\"p-x\",\"processes\":\"many\"} | 400 | malformed-json",
        "{\"name\":\"p-x\",\"proceses\":4} | 400 | unknown-member",
        "{\"name\": | 400 | malformed-json",
      })
  void aPoolThatCannotBeIsNotMade(String body, int status, String slug) {
    long before = rig.count("SELECT count(*) FROM crawler.pool WHERE name = 'p-x'");

    Answer answer = expect(status, client.post("/pools", body));

    assertEquals(slug, answer.problem());
    assertEquals(before, rig.count("SELECT count(*) FROM crawler.pool WHERE name = 'p-x'"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"kind\":\"cube\",\"n\":4} | 422 | invalid-task",
        "{\"n\":4} | 422 | invalid-task",
        "{\"kind\":\"square\"} | 422 | invalid-task",
        "{\"kind\":\"square\",\"n\":1.5} | 422 | invalid-task",
        "{\"kind\":\"square\",\"n\":\"4\"} | 422 | invalid-task",
        "{\"kind\":\"square\",\"n\":4,\"sleep\":\"-1s\"} | 400 | invalid-duration",
        "{\"kind\":\"square\",\"n\":4,\"sleep\":2} | 422 | invalid-task",
        "{\"kind\":\"square\",\"n\":4,\"sleep\":\"24h\"} | 422 | invalid-task",
        "{\"kind\":\"square\",\"n\":4,\"slepp\":\"2s\"} | 400 | unknown-member",
        "{\"kind\":\"fetch\"} | 422 | invalid-task",
        "{\"kind\":\"fetch\",\"url\":\"ftp://example.com/\"} | 422 | invalid-url",
        "{\"kind\":\"fetch\",\"url\":\"http://10.0.0.1/\"} | 422 | address-denied",
        "[{\"kind\":\"square\",\"n\":4},{\"kind\":\"square\"}] | 422 | invalid-task",
        "[] | 422 | invalid-task",
        "7 | 422 | invalid-task",
        "{\"kind\":\"square\",\"n\":4}} | 400 | malformed-json",
        "{\"kind\" | 400 | malformed-json",
      })
  void aTaskThatCannotBeIsNotTaken(String body, int status, String slug) {
    String pool = Rig.name();
    client.makePool(pool, 1);

    Answer answer = expect(status, client.submit(pool, body));

    assertEquals(slug, answer.problem());
    assertEquals(
        0,
        rig.count(
            "SELECT count(*) FROM crawler.submission s JOIN crawler.pool p ON p.id = s.pool WHERE p.name = ?",
            pool));
  }

  @Test
  void bytesThatAreNotUtf8AreRefused() {
    String pool = Rig.name();
    client.makePool(pool, 1);

    Answer answer =
        client.postBytes(
            "/pools/" + pool + "/tasks",
            new byte[] {'"', (byte) 0xff, '"'},
            "Idempotency-Key",
            "k");

    assertEquals("not-utf-8", expect(400, answer).problem());
  }

  @Test
  void aSubmissionNeedsAKey() {
    String pool = Rig.name();
    client.makePool(pool, 1);

    assertEquals(
        "idempotency-key-missing",
        expect(400, client.post("/pools/" + pool + "/tasks", squares(1))).problem());
  }

  @Test
  void theSameKeyGivesTheSameIdsAtAnyReplicaAlsoAfterClose() {
    String pool = Rig.name();
    client.makePool(pool, 2);
    String path = "/pools/" + pool + "/tasks";

    Answer first = expect(202, client.post(path, squares(3), "Idempotency-Key", "k-1"));
    Answer again = expect(202, other.post(path, squares(3), "Idempotency-Key", "k-1"));
    client.drained(pool);
    Answer late = expect(202, client.post(path, squares(3), "Idempotency-Key", "k-1"));

    assertEquals(first.json(), again.json());
    assertEquals(first.json(), late.json());
    assertEquals("true", again.response().headers().firstValue("Idempotency-Replayed").orElse(""));
    assertEquals(3, client.get("/pools/" + pool).json().path("tasks").path("succeeded").asInt());
    assertEquals(
        "idempotency-key-reused",
        expect(422, client.post(path, squares(2), "Idempotency-Key", "k-1")).problem());
    assertEquals(
        "pool-closed",
        expect(409, client.post(path, squares(3), "Idempotency-Key", "k-2")).problem());
  }

  @Test
  void aPoolIsMadeOnce() {
    String pool = Rig.name();
    String body = "{\"name\":\"%s\",\"processes\":2}".formatted(pool);

    expect(201, client.post("/pools", body, "Idempotency-Key", "k"));

    expect(201, other.post("/pools", body, "Idempotency-Key", "k"));
    assertEquals("pool-exists", expect(409, client.post("/pools", body)).problem());
    assertEquals(
        "pool-exists",
        expect(409, client.post("/pools", body, "Idempotency-Key", "other")).problem());
  }

  @Test
  void aFullPoolTurnsTasksAwayAndSaysWhenToRetry() {
    String pool = Rig.name();
    client.makePool(pool, 1);
    client.submitted(pool, "{\"kind\":\"square\",\"n\":1,\"sleep\":\"5s\"}");
    client.submitted(pool, squares(40));

    Answer answer = expect(429, client.submit(pool, squares(10)));

    assertEquals("pool-full", answer.problem());
    assertTrue(answer.response().headers().firstValue("Retry-After").isPresent());
    assertEquals(
        41,
        rig.count(
            "SELECT count(*) FROM crawler.task t JOIN crawler.pool p ON p.id = t.pool WHERE p.name = ?",
            pool));
    assertEquals("too-many-tasks", expect(413, client.submit(pool, squares(41))).problem());
  }

  @ParameterizedTest
  @CsvSource({
    "GET, /pools/no-such-pool, 404, unknown-pool",
    "GET, /pools/no-such-pool/results, 404, unknown-pool",
    "GET, /pools/no-such-pool/join, 404, unknown-pool",
    "POST, /pools/no-such-pool/close, 404, unknown-pool",
    "POST, /pools/no-such-pool/tasks, 404, unknown-pool",
    "GET, /pools/No%2FPool, 400, invalid-name",
    "GET, /tasks/999999999, 404, unknown-task",
    "GET, /tasks/-1, 404, unknown-task",
    "GET, /tasks/x, 404, unknown-task",
    "GET, /tasks/1?timeout=-1s, 400, invalid-duration",
    "GET, /pools/no-such-pool/join?timeout=soon, 400, invalid-duration",
    "GET, /nothing, 404, not-found",
  })
  void whatIsNotThereIsAClearProblem(String method, String path, int status, String slug) {
    Answer answer =
        method.equals("GET")
            ? client.get(path)
            : client.post(path, path.endsWith("tasks") ? squares(1) : null, "Idempotency-Key", "k");

    assertEquals(slug, expect(status, answer).problem());
  }

  @Test
  void theApiDescribesItself() {
    String openApi = expect(200, client.get("/openapi")).body();

    assertTrue(openApi.contains("/crawler-pool/pools/{pool}/join"), openApi);
  }
}
