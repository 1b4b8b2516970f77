package dev.multipod.ssh;

import static dev.multipod.ssh.Gateway.argv;
import static dev.multipod.ssh.Gateway.call;
import static dev.multipod.ssh.Gateway.exec;
import static dev.multipod.ssh.Gateway.json;
import static dev.multipod.ssh.Gateway.shell;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.endsWith;
import static org.hamcrest.Matchers.equalTo;

import com.fasterxml.jackson.databind.JsonNode;
import dev.multipod.testkit.Await;
import dev.multipod.testkit.Tools;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@QuarkusTest
@QuarkusTestResource(Servers.class)
final class ExecTest {
  private static final Duration SOON = Duration.ofSeconds(20);

  @Nullable OpenSsh openSsh;

  @BeforeEach
  void needsOpenSsh() {
    Tools.require("sshd", "ssh-gateway against a real OpenSSH");
  }

  private OpenSsh server() {
    if (openSsh == null) {
      throw new IllegalStateException("no sshd");
    }
    return openSsh;
  }

  @Test
  void dfRunsByKey() {
    call()
        .accept("text/plain")
        .body(argv("df", "-h"))
        .contentType("application/json")
        .post(exec("key"))
        .then()
        .statusCode(200)
        .body(containsString("Filesystem"));
  }

  @Test
  void dfRunsByPassword() {
    Assumptions.assumeTrue(server().password().isPresent(), "needs root for an account");
    json(argv("df", "-h"))
        .post(exec("password"))
        .then()
        .statusCode(200)
        .body("code", equalTo(0))
        .body("stdout", containsString("Filesystem"));
  }

  @Test
  void theDemonstrationServerRunsDfByPasswordAndByKey() {
    for (String target : List.of("demo-password", "demo-key")) {
      json(argv("df", "-h"))
          .post(exec(target))
          .then()
          .statusCode(200)
          .body("stdout", containsString("Filesystem"));
    }
  }

  @Test
  void outputComesWhileTheCommandStillRuns() throws Exception {
    Path gate = server().home().resolve(UUID.randomUUID().toString());
    try (var stream =
        Gateway.stream("key", shell("echo one; while [ ! -e " + gate + " ]; do sleep 0.1; done"))) {
      assertThat(stream.next().get("event").asText()).isEqualTo("start");
      assertThat(stream.next().get("data").asText()).isEqualTo("one\n");
      Files.createFile(gate);
      assertThat(stream.last().get("code").asInt(-1)).isZero();
    }
  }

  @Test
  void theExitCodeAndBothStreamsAreTold() {
    json(shell("echo out; echo err >&2; exit 3"))
        .post(exec("key"))
        .then()
        .statusCode(200)
        .body("code", equalTo(3))
        .body("stdout", equalTo("out\n"))
        .body("stderr", equalTo("err\n"));
  }

  @Test
  void theSignalThatEndedItIsTold() {
    json(shell("kill -USR1 $$")).post(exec("key")).then().body("signal", equalTo("USR1"));
  }

  @Test
  void wordsArriveAsTheyAreWhateverTheShellWouldMakeOfThem() {
    json(argv("printf", "%s|", "a b", "it's", "$HOME", "`id`", "*", ""))
        .post(exec("key"))
        .then()
        .body("stdout", equalTo("a b|it's|$HOME|`id`|*||"));
  }

  @Test
  void standardInputIsPassedAndEnds() {
    json(Map.of("argv", List.of("wc", "-c"), "stdin", "x".repeat(300_000)))
        .post(exec("key"))
        .then()
        .body("stdout", equalTo("300000\n"));
    json(argv("cat")).post(exec("key")).then().body("code", equalTo(0));
  }

  @Test
  void variablesAreSetWhereTheServerTakesThem() {
    json(Map.of("command", "echo $GREETING", "env", Map.of("GREETING", "hello")))
        .post(exec("key"))
        .then()
        .body("stdout", equalTo("hello\n"));
    json(Map.of("command", "true", "env", Map.of("OTHER", "x")))
        .post(exec("key"))
        .then()
        .statusCode(422)
        .body("type", endsWith(":env-refused"));
  }

  @Test
  void aFloodOnOneStreamDoesNotStopTheOther() {
    Response answer = json(shell("head -c 8000000 /dev/zero >&2; echo done")).post(exec("key"));
    answer.then().statusCode(200).body("truncated", equalTo(true)).body("code", equalTo(0));
  }

  @Test
  void bytesThatAreNoTextComeAsBase64() {
    json(argv("printf", "\\377\\376")).post(exec("key")).then().body("stdoutB64", equalTo("//4="));
  }

  @Test
  void outputBeyondTheWishIsDroppedAndSaidToBe() {
    json(Map.of("argv", List.of("head", "-c", "100000", "/dev/zero"), "maxOutput", 10))
        .post(exec("key"))
        .then()
        .body("truncated", equalTo(true))
        .body("stdout.length()", equalTo(10))
        .body("code", equalTo(0));
  }

  @Test
  void aCancelledCommandIsGoneAtTheTarget() throws Exception {
    try (var stream = Gateway.stream("key", shell("echo $$; exec sleep 300"))) {
      String id = stream.next().get("id").asText();
      long pid = Long.parseLong(stream.next().get("data").asText().strip());
      call().delete("/ssh-gateway/executions/" + id).then().statusCode(202);
      JsonNode exit = stream.last();
      assertThat(exit.get("signal").asText()).isEqualTo("TERM");
      assertThat(exit.get("reason").asText()).isEqualTo("cancelled");
      assertThat(exit.get("remoteMayBeRunning").asBoolean()).isFalse();
      awaitGone(pid);
      call().delete("/ssh-gateway/executions/" + id).then().statusCode(409);
    }
  }

  @Test
  void aCommandThatIgnoresTermIsKilled() throws Exception {
    try (var stream =
        Gateway.stream("key", shell("trap '' TERM; echo $$; while :; do sleep 0.2; done"))) {
      String id = stream.next().get("id").asText();
      long pid = Long.parseLong(stream.next().get("data").asText().strip());
      call().delete("/ssh-gateway/executions/" + id).then().statusCode(202);
      assertThat(stream.last().get("signal").asText()).isEqualTo("KILL");
      awaitGone(pid);
    }
  }

  @Test
  void aCommandEndsWithItsTime() {
    json(Map.of("command", "exec sleep 300", "timeout", "300ms"))
        .post(exec("key"))
        .then()
        .body("reason", equalTo("timeout"))
        .body("signal", equalTo("TERM"));
  }

  @Test
  void aCommandWhoseCallerLeavesIsEnded() throws Exception {
    long pid;
    try (var stream = Gateway.stream("key", shell("echo $$; exec sleep 300"))) {
      assertThat(stream.next().get("event").asText()).isEqualTo("start");
      pid = Long.parseLong(stream.next().get("data").asText().strip());
    }
    awaitGone(pid);
  }

  @Test
  void anExecutionThatNobodyKnowsIsNotFound() {
    call()
        .delete("/ssh-gateway/executions/ssh-gateway-77.0123456789abcdef")
        .then()
        .statusCode(404)
        .body("type", endsWith(":unknown-execution"));
  }

  @Test
  void whatCannotBeRunIsRefusedBeforeAnythingHappens() {
    for (Map<String, ?> wrong :
        List.<Map<String, ?>>of(
            Map.of(),
            Map.of("argv", List.of()),
            Map.of("argv", List.of("date"), "command", "date"),
            Map.of("command", "date", "timeout", "25h"))) {
      json(wrong).post(exec("key")).then().statusCode(422).body("type", endsWith(":invalid-exec"));
    }
    json(Map.of("command", "date", "timeout", "-1s")).post(exec("key")).then().statusCode(400);
    json(Map.of("command", "date", "x", 1)).post(exec("key")).then().statusCode(400);
    json(Map.of("command", "x".repeat(2_000_000))).post(exec("key")).then().statusCode(413);
  }

  @Test
  void aTargetAllowsWhatTheOperatorWrote() {
    json(argv("date"))
        .post(exec("read-only"))
        .then()
        .statusCode(403)
        .body("type", endsWith(":not-allowed-on-target"));
  }

  private static void awaitGone(long pid) {
    Await.until(
        "the remote process is gone",
        SOON,
        () -> ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isEmpty());
  }
}
