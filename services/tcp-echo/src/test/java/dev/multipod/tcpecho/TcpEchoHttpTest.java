package dev.multipod.tcpecho;

import static io.restassured.RestAssured.given;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.greaterThanOrEqualTo;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quarkus.test.junit.QuarkusTest;
import io.restassured.config.EncoderConfig;
import io.restassured.config.RestAssuredConfig;
import io.restassured.http.ContentType;
import io.restassured.path.json.JsonPath;
import io.restassured.specification.RequestSpecification;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

@QuarkusTest
class TcpEchoHttpTest {
  @Test
  void aMessageComesBackInUpperCaseWithTheNameOfTheReplica() {
    body(bytes("hello"), "text/plain")
        .post("/tcp-echo/messages")
        .then()
        .statusCode(200)
        .contentType("application/json")
        .body("reply", equalTo("HELLO"))
        .body("replica", containsString("tcp-echo"))
        .body("retries", equalTo(0))
        .body("roundTripMicros", greaterThan(0));
  }

  @Test
  void aBodyAsCurlSendsItByDefaultIsTakenAsItIs() {
    body(bytes("a=b&c d"), "application/x-www-form-urlencoded")
        .post("/tcp-echo/messages")
        .then()
        .statusCode(200)
        .body("reply", equalTo("A=B&C D"));
  }

  @Test
  void onlyAsciiLettersChange() {
    body(bytes("grüße, ſ"), "text/plain")
        .accept("text/plain")
        .post("/tcp-echo/messages")
        .then()
        .statusCode(200)
        .header("Multipod-Echo-Replica", containsString("tcp-echo"))
        .header("Multipod-Echo-Retries", "0")
        .body(equalTo("GRüßE, ſ"));
  }

  @Test
  void anEmptyMessageHasAnEmptyReply() {
    body(new byte[0], "text/plain")
        .post("/tcp-echo/messages")
        .then()
        .statusCode(200)
        .body("reply", equalTo(""));
  }

  @Test
  void theLargestMessageComesBackAndALargerOneIsRefused() {
    body(new byte[65507], "text/plain").post("/tcp-echo/messages").then().statusCode(200);
    body(new byte[65508], "text/plain")
        .post("/tcp-echo/messages")
        .then()
        .statusCode(413)
        .body("type", equalTo("urn:multipod:problem:message-too-large"))
        .body("limit", equalTo(65507));
  }

  @Test
  void whatIsNotUtf8IsRefused() {
    body(new byte[] {'a', (byte) 0xff}, "text/plain")
        .post("/tcp-echo/messages")
        .then()
        .statusCode(400)
        .contentType("application/problem+json")
        .body("type", equalTo("urn:multipod:problem:not-utf-8"));
  }

  @Test
  void aLoadReportsEveryMessage() {
    String lines =
        json("{\"clients\":20,\"messages\":200,\"size\":64}")
            .post("/tcp-echo/load")
            .then()
            .statusCode(200)
            .contentType("application/x-ndjson")
            .extract()
            .asString();
    List<String> line = lines.lines().filter(l -> !l.isBlank()).toList();
    JsonPath summary = JsonPath.from(line.getLast());
    assertEquals("summary", summary.getString("event"));
    assertTrue(summary.getBoolean("complete"));
    assertEquals(4000, summary.getInt("answered"));
    assertEquals(0, summary.getInt("failed"));
    assertTrue(summary.getLong("p99Micros") >= summary.getLong("p50Micros"));
    assertEquals(1, summary.getMap("replicas").size());
  }

  @Test
  void aLoadOverALimitIsRefused() {
    for (String over :
        List.of(
            "{\"clients\":501,\"messages\":1,\"size\":1}",
            "{\"clients\":500,\"messages\":2000000000,\"size\":1}",
            "{\"clients\":1,\"messages\":1,\"size\":65508}")) {
      json(over)
          .post("/tcp-echo/load")
          .then()
          .statusCode(422)
          .body("type", equalTo("urn:multipod:problem:load-too-large"));
    }
    json("{\"clients\":0,\"messages\":1,\"size\":1}")
        .post("/tcp-echo/load")
        .then()
        .statusCode(422)
        .body("type", equalTo("urn:multipod:problem:load-too-small"));
    json("{\"clients\":1}").post("/tcp-echo/load").then().statusCode(400);
  }

  @Test
  void statsCountWhatCame() {
    body(bytes("count me"), "text/plain").post("/tcp-echo/messages").then().statusCode(200);
    given()
        .get("/tcp-echo/stats")
        .then()
        .statusCode(200)
        .body("raw.accepted", greaterThanOrEqualTo(1))
        .body("raw.received", greaterThanOrEqualTo(8));
  }

  private static RequestSpecification body(byte[] body, String type) {
    // Binary: the client must not add a charset, which curl does not either.
    return given()
        .config(
            RestAssuredConfig.config()
                .encoderConfig(
                    new EncoderConfig()
                        .appendDefaultContentCharsetToContentTypeIfUndefined(false)
                        .encodeContentTypeAs(
                            "application/x-www-form-urlencoded", ContentType.BINARY)))
        .contentType(type)
        .body(body);
  }

  private static RequestSpecification json(String body) {
    return given().contentType("application/json").body(body);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
