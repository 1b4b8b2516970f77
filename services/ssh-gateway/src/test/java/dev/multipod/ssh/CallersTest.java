package dev.multipod.ssh;

import static dev.multipod.ssh.Gateway.call;
import static dev.multipod.ssh.Gateway.exec;
import static io.restassured.RestAssured.given;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.endsWith;
import static org.hamcrest.Matchers.hasItems;
import static org.hamcrest.Matchers.not;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.ValidatableResponse;
import java.time.Duration;
import org.junit.jupiter.api.Test;

@QuarkusTest
@QuarkusTestResource(Servers.class)
final class CallersTest {
  private static final String TARGETS = "/ssh-gateway/targets";

  private static ValidatableResponse withToken(String bearer) {
    return given().header("Authorization", bearer).get(TARGETS).then();
  }

  @Test
  void aCallWithoutATokenIsRefused() {
    given()
        .get(TARGETS)
        .then()
        .statusCode(401)
        .contentType("application/problem+json")
        .header("WWW-Authenticate", "Bearer realm=\"multipod\"")
        .body("type", endsWith(":unauthenticated"));
  }

  @Test
  void whatIsNoTokenIsRefused() {
    withToken("Bearer nonsense")
        .statusCode(401)
        .header("WWW-Authenticate", containsString("invalid_token"));
  }

  @Test
  void anExpiredTokenIsRefused() {
    withToken(Tokens.bearer(Tokens.ISSUER, "multipod", Duration.ofMinutes(-5), "me", "use"))
        .statusCode(401)
        .header("WWW-Authenticate", containsString("invalid_token"));
  }

  @Test
  void aTokenForAnotherAudienceIsRefused() {
    withToken(Tokens.bearer(Tokens.ISSUER, "elsewhere", Duration.ofHours(1), "me", "use"))
        .statusCode(401);
  }

  @Test
  void aTokenOfAnotherIssuerIsRefused() {
    withToken(Tokens.bearer("somebody-else", "multipod", Duration.ofHours(1), "me", "use"))
        .statusCode(401);
  }

  @Test
  void aTokenThatNobodyGaveARoleMayNothing() {
    withToken(Tokens.bearer("nobody"))
        .statusCode(403)
        .contentType("application/problem+json")
        .body("type", endsWith(":forbidden"));
  }

  @Test
  void anObserverMayLookAndNotRun() {
    String observer = Tokens.bearer("watcher", "observe");
    withToken(observer).statusCode(200);
    given()
        .header("Authorization", observer)
        .contentType("application/json")
        .body(Gateway.argv("date"))
        .post(exec("demo-key"))
        .then()
        .statusCode(403)
        .header("WWW-Authenticate", containsString("insufficient_scope"));
    given()
        .header("Authorization", observer)
        .get(Gateway.files("demo-key", "anything"))
        .then()
        .statusCode(403);
  }

  @Test
  void aSubjectHasTheRoleThatTheOperatorGaveIt() {
    given()
        .header("Authorization", Tokens.bearer("system:serviceaccount:shop:till"))
        .contentType("application/json")
        .accept("text/plain")
        .body(Gateway.argv("echo", "hello"))
        .post(exec("demo-key"))
        .then()
        .statusCode(200);
  }

  @Test
  void theReplicaTellsItsNameToEverybody() {
    given().get("/ssh-gateway/replica").then().statusCode(200);
  }

  @Test
  void targetsAreListedWithFingerprintsAndWithoutSecrets() {
    call()
        .get(TARGETS)
        .then()
        .statusCode(200)
        .body("name", hasItems("demo-key", "demo-password"))
        .body("hostKeys.flatten().fingerprint", hasItems(containsString("SHA256:")))
        .body(not(containsString("passwordFile")));
  }

  @Test
  void anUnknownTargetIsNotFound() {
    call()
        .get(TARGETS + "/nowhere")
        .then()
        .statusCode(404)
        .body("type", endsWith(":unknown-target"));
  }
}
