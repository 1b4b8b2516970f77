package dev.multipod.kit.replica;

import static io.restassured.RestAssured.given;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;

import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.net.URI;
import org.junit.jupiter.api.Test;

@QuarkusTest
class ReplicaTest {
  @TestHTTPResource(value = "/", management = true)
  URI management;

  @Test
  void everyAnswerNamesTheReplica() {
    given()
        .get("/sample/replica")
        .then()
        .header("Multipod-Replica", "sample-7")
        .body("replica", equalTo("sample-7"));
    given().get("/nowhere").then().statusCode(404).header("Multipod-Replica", "sample-7");
  }

  @Test
  void healthAndMetricsAreOnThePortThatIsNeverRouted() {
    given().get("/sample/wait?timeout=0s").then().statusCode(200);
    given().get(management.resolve("/q/health/ready")).then().statusCode(200);
    given()
        .get(management.resolve("/q/metrics"))
        .then()
        .statusCode(200)
        .body(containsString("multipod_wait_callers"));
    given().get("/q/health/ready").then().statusCode(404);
    given().get("/q/metrics").then().statusCode(404);
  }

  @Test
  void theOpenApiDocumentIsUnderTheServicesPrefix() {
    given().get("/sample/openapi").then().statusCode(200).body(containsString("/sample/orders"));
  }
}
