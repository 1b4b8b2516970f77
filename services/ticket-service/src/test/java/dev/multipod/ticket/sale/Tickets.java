package dev.multipod.ticket.sale;

import static io.restassured.RestAssured.given;

import io.restassured.response.Response;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// The calls of the tests.
final class Tickets {
  private Tickets() {}

  static String open(String body) {
    String event = "event-" + UUID.randomUUID();
    put(event, body).then().statusCode(201);
    return event;
  }

  static Response put(String event, String body) {
    return given()
        .contentType("application/json")
        .body(body)
        .put("/ticket-service/events/" + event);
  }

  static Response event(String event) {
    return given().get("/ticket-service/events/" + event);
  }

  static Response rush(String event, String body) {
    return given()
        .contentType("application/json")
        .body(body)
        .post("/ticket-service/events/" + event + "/rush");
  }

  static Response order(String event, @Nullable String strategy, String key, String body) {
    String query = strategy == null ? "" : "?strategy=" + strategy;
    return given()
        .urlEncodingEnabled(false)
        .header("Idempotency-Key", key)
        .contentType("application/json")
        .body(body)
        .post("/ticket-service/events/" + event + "/orders" + query);
  }
}
