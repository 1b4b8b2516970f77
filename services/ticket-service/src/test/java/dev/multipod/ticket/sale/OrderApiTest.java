package dev.multipod.ticket.sale;

import static dev.multipod.ticket.sale.Tickets.event;
import static dev.multipod.ticket.sale.Tickets.open;
import static dev.multipod.ticket.sale.Tickets.order;
import static dev.multipod.ticket.sale.Tickets.put;
import static dev.multipod.ticket.sale.Tickets.rush;
import static io.restassured.RestAssured.given;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.nullValue;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.multipod.testkit.PostgresResource;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@QuarkusTest
@QuarkusTestResource(PostgresResource.class)
class OrderApiTest {
  @ParameterizedTest
  @ValueSource(strings = {"none", "mutex", "row", "atomic"})
  void aTicketIsSoldAndFoundAgain(String strategy) {
    String event = open("{\"stock\":2}");

    Response order = order(event, strategy, "k1", "{\"buyer\":\"ann\"}");

    order.then().statusCode(201).body("remainingAfter", equalTo(1)).body("buyer", equalTo("ann"));
    given()
        .get(order.header("Location"))
        .then()
        .statusCode(200)
        .body("id", equalTo(order.path("id")));
    event(event).then().body("remaining", equalTo(1)).body("sold", equalTo(1));
  }

  @ParameterizedTest
  @ValueSource(strings = {"none", "mutex", "row", "atomic", "seats"})
  void aRetryWithTheSameKeyIsTheSameOrder(String strategy) {
    String event = open("{\"stock\":2}");
    Response first = order(event, strategy, "k1", "{\"buyer\":\"ann\"}");

    Response retry = order(event, strategy, "k1", "{\"buyer\":\"ann\"}");

    retry.then().statusCode(201).header("Idempotency-Replayed", "true");
    assertEquals(first.asString(), retry.asString());
    first.then().header("Idempotency-Replayed", nullValue());
    event(event).then().body("sold", equalTo(1));
  }

  @ParameterizedTest
  @ValueSource(strings = {"none", "mutex", "row", "atomic", "seats"})
  void aKeyUsedForAnotherBodyIs422AndSellsNothing(String strategy) {
    String event = open("{\"stock\":2}");
    order(event, strategy, "k1", "{\"buyer\":\"ann\"}").then().statusCode(201);

    order(event, strategy, "k1", "{\"buyer\":\"bob\"}")
        .then()
        .statusCode(422)
        .body("type", containsString("idempotency-key-reused"));

    event(event).then().body("sold", equalTo(1));
  }

  @ParameterizedTest
  @ValueSource(strings = {"none", "mutex", "row", "atomic", "seats"})
  void soldOutIs409AndARetryOfASoldKeyStillIsItsOrder(String strategy) {
    String event = open("{\"stock\":1}");
    order(event, strategy, "k1", "").then().statusCode(201);

    order(event, strategy, "k2", "")
        .then()
        .statusCode(409)
        .body("type", equalTo("urn:multipod:problem:sold-out"));

    order(event, strategy, "k1", "").then().statusCode(201).header("Idempotency-Replayed", "true");
  }

  @Test
  void theDefaultIsMutexAndItsTokenIsThatOfTheTenure() {
    String event = open("{\"stock\":1}");

    Response order = order(event, null, "k1", "");

    order.then().statusCode(201).body("strategy", equalTo("mutex")).body("token", greaterThan(0));
    given()
        .get("/ticket-service/locks/event:" + event + "/tenures")
        .then()
        .body("[0].token", equalTo(order.path("token")));
  }

  @Test
  void anUnknownStrategyIs422AndNamesThoseThatExist() {
    String event = open("{\"stock\":1}");

    order(event, "magic", "k1", "")
        .then()
        .statusCode(422)
        .body("strategies", equalTo(List.of("none", "mutex", "row", "atomic", "seats")));
  }

  @Test
  void raisingTheStockSellsAgainAndWhatIsSoldStaysSold() {
    String event = open("{\"stock\":1}");
    order(event, "mutex", "k1", "").then().statusCode(201);

    put(event, "{\"stock\":2}").then().statusCode(200).body("remaining", equalTo(1));
    order(event, "mutex", "k2", "").then().statusCode(201);

    put(event, "{\"stock\":1}")
        .then()
        .statusCode(409)
        .body("type", containsString("stock-below-sold"))
        .body("sold", equalTo(2));
    put(event, "{\"stock\":2}").then().statusCode(200).body("sold", equalTo(2));
  }

  @Test
  void aRushStreamsEveryBuyersOutcomeAndTheSum() {
    String event = open("{\"stock\":10}");

    Response rush = rush(event, "{\"buyers\":25}");

    rush.then().statusCode(200).contentType("application/x-ndjson");
    List<String> lines = rush.asString().lines().toList();
    assertEquals(26, lines.size());
    assertEquals(10, lines.stream().filter(line -> line.contains("\"outcome\":\"sold\"")).count());
    JsonPath sum = JsonPath.from(lines.getLast());
    assertEquals(10, sum.getInt("sum.sold"));
    assertEquals(15, sum.getInt("sum.soldOut"));
    assertEquals(0, sum.getInt("sum.event.remaining"));
  }

  @Test
  void withoutALockAndWithTimeToThinkARushOversells() {
    String event = open("{\"stock\":10,\"think\":\"100ms\"}");

    Response rush = rush(event, "{\"buyers\":40,\"strategy\":\"none\"}");

    JsonPath sum = JsonPath.from(rush.asString().lines().toList().getLast());
    assertEquals(40, sum.getInt("sum.sold"));
    assertEquals(30, sum.getInt("sum.event.oversold"));
  }

  @Test
  void withTheMutexTheSameRushIsExact() {
    String event = open("{\"stock\":10,\"think\":\"100ms\"}");

    Response rush = rush(event, "{\"buyers\":40,\"strategy\":\"mutex\"}");

    JsonPath sum = JsonPath.from(rush.asString().lines().toList().getLast());
    assertEquals(10, sum.getInt("sum.sold"));
    assertEquals(0, sum.getInt("sum.event.oversold"));
  }

  @Test
  void badInputIsAClearProblemAndChangesNothing() {
    String event = open("{\"stock\":5}");
    for (String body :
        List.of(
            "{\"stock\":-1}", "{}", "{\"stock\":1000000000}", "{\"stock\":7,\"think\":\"1h\"}")) {
      put(event, body).then().statusCode(422);
    }
    for (String body :
        List.of(
            "",
            "null",
            "[]",
            "{\"stock\":1.5}",
            "{\"stock\":7}x",
            "{\"stock\":7,\"think\":\"-1s\"}")) {
      put(event, body).then().statusCode(400).contentType("application/problem+json");
    }
    given()
        .body(new byte[] {(byte) 0xc3, 0x28})
        .put("/ticket-service/events/" + event)
        .then()
        .statusCode(400)
        .body("type", containsString("not-utf-8"));
    given()
        .urlEncodingEnabled(false)
        .body("{\"stock\":7}")
        .put("/ticket-service/events/a%2Fb")
        .then()
        .statusCode(400)
        .body("type", containsString("invalid-name"));
    given()
        .post("/ticket-service/events/" + event + "/orders")
        .then()
        .statusCode(400)
        .body("type", containsString("idempotency-key-missing"));
    order(event, "mutex&wait=-1s", "k1", "").then().statusCode(400);
    order(event, "mutex", "k1", "{\"buyer\":\"\\u0000\"}")
        .then()
        .statusCode(422)
        .body("type", containsString("invalid-buyer"));
    rush(event, "{\"buyers\":0}").then().statusCode(422);
    rush(event, "{\"buyers\":100000}").then().statusCode(422).body("limit", equalTo(5000));
    event(event).then().body("stock", equalTo(5)).body("sold", equalTo(0));
  }

  @ParameterizedTest
  @ValueSource(strings = {"none", "mutex", "row", "atomic", "seats"})
  void anUnknownEventOrOrderIs404(String strategy) {
    order("nobody-opened-it", strategy, "k1", "")
        .then()
        .statusCode(404)
        .body("type", containsString("no-such-event"));
    event("nobody-opened-it").then().statusCode(404);
    given().get("/ticket-service/orders/" + UUID.randomUUID()).then().statusCode(404);
    given().get("/ticket-service/orders/seven").then().statusCode(404);
  }

  @Test
  void theOpenApiDocumentAndTheMetricsAreThere() {
    given()
        .get("/ticket-service/openapi")
        .then()
        .statusCode(200)
        .body(containsString("/ticket-service/events/{event}/orders"));
  }
}
