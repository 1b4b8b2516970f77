package dev.multipod.kit.problem;

import static io.restassured.RestAssured.given;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasKey;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.notNullValue;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Metrics;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.http.ContentType;
import io.restassured.response.ValidatableResponse;
import java.io.ByteArrayInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@QuarkusTest
class EveryErrorIsAProblemTest {
  @Test
  void aThrownProblemKeepsItsTypeItsMembersAndItsRetryAfter() {
    isProblem(given().get("/sample/full").then(), 503, "sample-full")
        .header("Retry-After", "2")
        .body("limit", equalTo(3))
        .body("detail", equalTo("Come back."));
  }

  @Test
  void whatIsTurnedAwayIsCountedByItsType() {
    double before = told("sample-full", 503);
    given().get("/sample/full");
    assertEquals(before + 1, told("sample-full", 503));
    double beforeMissing = told("not-found", 404);
    given().get("/no/such/route");
    assertEquals(beforeMissing + 1, told("not-found", 404));
  }

  private static double told(String problem, int status) {
    Counter counter =
        Metrics.globalRegistry
            .find("multipod.problems")
            .tags("problem", problem, "status", Integer.toString(status))
            .counter();
    return counter == null ? 0 : counter.count();
  }

  @Test
  void aDefectOfOursTellsTheCallerAnIdAndNothingElse() {
    isProblem(given().get("/sample/broken").then(), 500, "internal-error")
        .body("id", notNullValue())
        .body("$", not(hasKey("stack")))
        .body("detail", not(containsString("secret")));
  }

  @Test
  void aBodyThatIsNotUtf8IsRefusedWhereTextIsExpected() {
    isProblem(
        given()
            .contentType("text/plain")
            .body(new byte[] {'a', (byte) 0xff})
            .post("/sample/text")
            .then(),
        400,
        "not-utf-8");
  }

  @Test
  void aBodyOverTheLimitIsRefused() {
    isProblem(
        given().contentType("text/plain").body(new byte[2000]).post("/sample/text").then(),
        413,
        "too-large");
  }

  @Test
  void aBodyOverTheLimitIsRefusedAlsoWhenItsLengthIsNotDeclared() {
    isProblem(
        given()
            .contentType("text/plain")
            .body(new ByteArrayInputStream(new byte[200_000]))
            .post("/sample/text")
            .then(),
        413,
        "too-large");
  }

  @Test
  void aMisspeltMemberIsNamedTogetherWithTheKnownOnes() {
    isProblem(json("{\"count\":1,\"hodl\":\"1s\"}"), 400, "unknown-member")
        .body("detail", containsString("hodl"))
        .body("detail", containsString("hold"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"{", "{\"count\":\"many\"}", "{\"count\":1,\"hold\":5}", "[]", "{\"count\":null}"})
  void jsonThatDoesNotFitIsRefused(String body) {
    isProblem(json(body), 400, "malformed-json");
  }

  @ParameterizedTest
  @ValueSource(strings = {"-1s", "1", "1.5s", "s", "999999999999s"})
  void aDurationThatIsNoneIsRefused(String duration) {
    isProblem(
        given().queryParam("timeout", duration).get("/sample/wait").then(),
        400,
        "invalid-duration");
    isProblem(json("{\"count\":1,\"hold\":\"%s\"}".formatted(duration)), 400, "invalid-duration");
  }

  @ParameterizedTest
  @ValueSource(strings = {"a%2Fb", "Upper", "dot.dot", "%20"})
  void aNameThatCannotBeUsedIsRefused(String name) {
    isProblem(
        given().urlEncodingEnabled(false).get("/sample/names/" + name).then(), 400, "invalid-name");
  }

  @Test
  void aMissingIdempotencyKeyIsRefused() {
    isProblem(given().post("/sample/keyed").then(), 400, "idempotency-key-missing");
  }

  @Test
  void anUnknownPathAndAWrongMethodAreProblemsToo() {
    isProblem(given().get("/sample/nothing").then(), 404, "not-found");
    isProblem(given().get("/nowhere").then(), 404, "not-found");
    isProblem(given().delete("/sample/full").then(), 405, "method-not-allowed");
  }

  private static ValidatableResponse json(String body) {
    return given().contentType(ContentType.JSON).body(body).post("/sample/orders").then();
  }

  private static ValidatableResponse isProblem(
      ValidatableResponse answer, int status, String slug) {
    return answer
        .statusCode(status)
        .contentType("application/problem+json")
        .body("type", equalTo("urn:multipod:problem:" + slug))
        .body("status", equalTo(status))
        .body("title", notNullValue())
        .body("detail", notNullValue());
  }
}
