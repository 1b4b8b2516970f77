package dev.multipod.ssh;

import static dev.multipod.ssh.Gateway.argv;
import static dev.multipod.ssh.Gateway.exec;
import static dev.multipod.ssh.Gateway.json;
import static org.hamcrest.Matchers.endsWith;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.startsWith;

import dev.multipod.testkit.Tools;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import org.junit.jupiter.api.Test;

@QuarkusTest
@QuarkusTestResource(Servers.class)
final class FaultsTest {
  @Test
  void aServerThatSaysNothingIsGivenUpInTime() {
    json(argv("date"))
        .post(exec("silent"))
        .then()
        .statusCode(504)
        .body("type", endsWith(":connect-timeout"));
  }

  @Test
  void aServerThatNeverStopsTalkingIsCutOff() {
    json(argv("date"))
        .post(exec("chatty"))
        .then()
        .statusCode(502)
        .body("type", endsWith(":connect-failed"));
  }

  @Test
  void aChangedHostKeyIsRefused() {
    Tools.require("sshd", "host keys against a real OpenSSH");
    json(argv("date"))
        .post(exec("changed"))
        .then()
        .statusCode(502)
        .body("type", endsWith(":host-key-mismatch"))
        .body("shown", startsWith("SHA256:"));
  }

  @Test
  void aHostKeyThatNobodyConfiguredIsRefused() {
    Tools.require("sshd", "host keys against a real OpenSSH");
    json(argv("date"))
        .post(exec("unknown"))
        .then()
        .statusCode(502)
        .body("type", endsWith(":host-key-unknown"));
  }

  @Test
  void afterTwoRefusedLoginsNoMoreAreTried() {
    Tools.require("sshd", "refused logins at a real OpenSSH");
    for (int attempt = 1; attempt <= 2; attempt++) {
      json(argv("date"))
          .post(exec("refused"))
          .then()
          .statusCode(502)
          .body("type", endsWith(":upstream-auth-failed"));
    }
    json(argv("date"))
        .post(exec("refused"))
        .then()
        .statusCode(502)
        .body("loginsPaused", equalTo(true));
  }
}
