package dev.multipod.e2e;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Every target is tried, so with one by password and one by private key both are.
class SshTest {
  static List<String> targets() {
    return Multipod.setting("MULTIPOD_SSH_TARGETS")
        .map(Multipod::list)
        .orElseGet(
            () ->
                Multipod.send(with(Multipod.to("/ssh-gateway/targets")))
                    .expect(200)
                    .json()
                    .findValuesAsText("name"));
  }

  private static HttpRequest.Builder with(HttpRequest.Builder request) {
    String token =
        Multipod.setting("MULTIPOD_TOKEN")
            .orElseThrow(
                () ->
                    new AssertionError(
                        "MULTIPOD_TOKEN is missing: ssh-gateway never runs without a token. Locally it"
                            + " is in .multipod/token, in a cluster 'kubectl create token' makes one."));
    return request.header("Authorization", "Bearer " + token);
  }

  private static HttpRequest.Builder exec(String target, String accept, String command) {
    return Multipod.to("/ssh-gateway/targets/%s/exec".formatted(target))
        .header("Accept", accept)
        .header("Content-Type", "application/json")
        .POST(BodyPublishers.ofString("{\"command\":\"%s\"}".formatted(command)));
  }

  @ParameterizedTest
  @MethodSource("targets")
  void dfRunsAtTheTarget(String target) {
    String df = Multipod.send(with(exec(target, "text/plain", "df -h"))).expect(200).text();
    assertTrue(df.startsWith("Filesystem"), df);
    JsonNode whole =
        Multipod.send(with(exec(target, "application/json", "df -h"))).expect(200).json();
    assertEquals(0, whole.path("code").asInt(-1), whole::toString);
  }

  @ParameterizedTest
  @MethodSource("targets")
  void aStreamHasAStartTheOutputAndAnExit(String target) {
    String events =
        Multipod.send(with(exec(target, "application/x-ndjson", "df -h"))).expect(200).text();
    List<String> lines = events.lines().toList();
    assertTrue(lines.getFirst().contains("start"), events);
    assertTrue(events.contains("stdout"), events);
    assertTrue(lines.getLast().contains("exit"), events);
  }

  @ParameterizedTest
  @MethodSource("targets")
  void aFilePutIsTheFileGot(String target) {
    byte[] bytes = new byte[300_000];
    new Random(1).nextBytes(bytes);
    String path =
        "/ssh-gateway/targets/%s/files?path=%s.bin".formatted(target, Multipod.unique("e2e"));
    HttpRequest.BodyPublisher body = BodyPublishers.ofByteArray(bytes);
    Multipod.send(with(Multipod.to(path)).PUT(body)).expect(201);
    Multipod.send(with(Multipod.to(path)).PUT(body)).expect(204);
    assertArrayEquals(bytes, Multipod.send(with(Multipod.to(path))).expect(200).bytes());
    assertArrayEquals(
        java.util.Arrays.copyOfRange(bytes, 1000, 2000),
        Multipod.send(with(Multipod.to(path)).header("Range", "bytes=1000-1999"))
            .expect(206)
            .bytes());
  }

  @Test
  void anUnknownTargetIsAProblem() {
    Multipod.send(with(Multipod.to("/ssh-gateway/targets/" + Multipod.unique("no")))).problem(404);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "Bearer nonsense", "Basic dXNlcjpwYXNz"})
  void withoutAValidTokenNothingRuns(String authorization) {
    HttpRequest.Builder request = exec("any", "text/plain", "df -h");
    if (!authorization.isEmpty()) {
      request.header("Authorization", authorization);
    }
    Multipod.send(request).problem(401);
  }
}
