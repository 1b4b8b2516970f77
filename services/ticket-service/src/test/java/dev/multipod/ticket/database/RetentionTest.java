package dev.multipod.ticket.database;

import static io.restassured.RestAssured.given;

import dev.multipod.testkit.Await;
import dev.multipod.testkit.PostgresResource;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.restassured.response.Response;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

@QuarkusTest
@QuarkusTestResource(PostgresResource.class)
@TestProfile(RetentionTest.OfASecond.class)
class RetentionTest {
  private static final Duration SOON = Duration.ofSeconds(30);

  /// A memory of a second.
  public static final class OfASecond implements QuarkusTestProfile {
    @Override
    public Map<String, String> getConfigOverrides() {
      return Map.of(
          "multipod.ticket-service.retention.tenures", "1s",
          "multipod.ticket-service.retention.events", "8s",
          "multipod.ticket-service.retention.every", "200ms");
    }
  }

  @Test
  void whatIsOldIsForgotten() {
    String event = "/ticket-service/events/event-" + UUID.randomUUID();
    String lock = "/ticket-service/locks/lock-" + UUID.randomUUID();
    given().contentType("application/json").body("{\"stock\":3}").put(event);
    Response order = given().header("Idempotency-Key", "a").post(event + "/orders?strategy=seats");
    Response lease = given().contentType("application/json").body("{}").post(lock + "/leases");
    given().header("If-Match", lease.header("ETag")).delete(lease.header("Location"));
    order.then().statusCode(201);
    lease.then().statusCode(201);

    Await.until(
        "the event is forgotten",
        SOON,
        () ->
            given().get(event).statusCode() == 404
                && given().get(order.header("Location")).statusCode() == 404);
    Await.until(
        "the tenure is forgotten",
        SOON,
        () -> given().get(lock + "/tenures").jsonPath().getList("").equals(List.of()));
    // Its token is not: it must not be used again.
    given()
        .contentType("application/json")
        .body("{}")
        .post(lock + "/leases")
        .then()
        .statusCode(201)
        .header("ETag", "\"2\"");
  }
}
