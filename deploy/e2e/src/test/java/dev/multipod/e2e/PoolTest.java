package dev.multipod.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PoolTest {
  private static final String SITE =
      Multipod.setting("MULTIPOD_DEMO_SITE").orElse("http://127.0.0.1:8081").replaceAll("/+$", "");

  private static String pool(int processes) {
    String pool = Multipod.unique("pool");
    Multipod.post("/crawler-pool/pools", Map.of("name", pool, "processes", processes)).expect(201);
    return pool;
  }

  private static JsonNode submit(String pool, List<Map<String, Object>> tasks) {
    return Multipod.postOnce("/crawler-pool/pools/%s/tasks".formatted(pool), tasks)
        .expect(202)
        .json()
        .path("ids");
  }

  private static void closeAndJoin(String pool) {
    assertEquals(
        "pool-not-closed",
        Multipod.get("/crawler-pool/pools/%s/join?timeout=0s".formatted(pool)).problem(409));
    Multipod.post("/crawler-pool/pools/%s/close".formatted(pool)).expect(204);
    int status = 202;
    for (int i = 0; i < 4 && status == 202; i++) {
      status = Multipod.get("/crawler-pool/pools/%s/join?timeout=50s".formatted(pool)).status();
    }
    assertEquals(200, status, "the pool is drained");
  }

  @Test
  void tenSquaresOnAPoolOfFour() {
    String pool = pool(4);
    List<Map<String, Object>> tasks = new ArrayList<>();
    for (int n = 0; n < 10; n++) {
      tasks.add(Map.of("kind", "square", "n", n, "sleep", "200ms"));
    }
    JsonNode ids = submit(pool, tasks);
    closeAndJoin(pool);
    List<Integer> squares = new ArrayList<>();
    for (JsonNode id : ids) {
      JsonNode task =
          Multipod.get("/crawler-pool/tasks/%s?timeout=10s".formatted(id.asText()))
              .expect(200)
              .json();
      squares.add(task.path("result").path("value").asInt(-1));
    }
    assertEquals(IntStream.range(0, 10).map(n -> n * n).boxed().toList(), squares);
  }

  @Test
  void threePagesGiveThreeExactLines() {
    String pool = pool(2);
    Map<String, Integer> sizes =
        Map.of(
            "/pool", "<!doctype html>\n<p>Four at a time, no more.\n".length(),
            "/gr%C3%BC%C3%9Fe", "<!doctype html>\n<p>Viele Grüße aus Köln.\n".length(),
            "/latin1", "<p>déjà vu\n".length());
    submit(
        pool,
        sizes.keySet().stream()
            .map(path -> Map.<String, Object>of("kind", "fetch", "url", SITE + path))
            .toList());
    closeAndJoin(pool);
    String db =
        Multipod.send(
                Multipod.to("/crawler-pool/pools/%s/results".formatted(pool))
                    .header("Accept", "text/plain"))
            .expect(200)
            .text();
    Set<String> wanted =
        sizes.entrySet().stream()
            .map(page -> "url:%s size:%d".formatted(SITE + page.getKey(), page.getValue()))
            .collect(Collectors.toSet());
    assertEquals(wanted, db.lines().collect(Collectors.toSet()));
    assertEquals(3, db.lines().count());
    assertEquals('\n', db.charAt(db.length() - 1));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://127.0.0.1:5432/",
        "http://localhost:5432/",
        "http://[::1]:5432/",
        "http://[::ffff:127.0.0.1]:5432/",
        "http://2130706433:5432/",
        "http://0x7f000001:5432/",
        "http://0177.0.0.1:5432/",
        "http://127.1:5432/",
        "http://user@127.0.0.1:5432/",
        "http://169.254.169.254/latest/meta-data/"
      })
  void anAddressInsideIsRefusedInAnySpelling(String url) {
    Multipod.postOnce(
            "/crawler-pool/pools/%s/tasks".formatted(pool(1)), Map.of("kind", "fetch", "url", url))
        .problem(422);
  }
}
