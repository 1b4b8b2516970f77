package dev.multipod.ticket.sale;

import static dev.multipod.ticket.sale.Tickets.event;
import static dev.multipod.ticket.sale.Tickets.open;
import static dev.multipod.ticket.sale.Tickets.order;
import static dev.multipod.ticket.sale.Tickets.put;
import static io.restassured.RestAssured.given;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.nullValue;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.multipod.testkit.PostgresResource;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@QuarkusTest
@QuarkusTestResource(PostgresResource.class)
class StrategiesTest {
  private static List<Response> atOnce(int buyers, IntFunction<Response> buy)
      throws InterruptedException, ExecutionException {
    try (ExecutorService crowd = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Response>> calls =
          IntStream.range(0, buyers).mapToObj(i -> crowd.submit(() -> buy.apply(i))).toList();
      List<Response> answers = new java.util.ArrayList<>();
      for (Future<Response> call : calls) {
        answers.add(call.get());
      }
      return answers;
    }
  }

  private static Map<Integer, Long> statuses(List<Response> answers) {
    return answers.stream()
        .collect(Collectors.groupingBy(Response::statusCode, Collectors.counting()));
  }

  @ParameterizedTest
  @CsvSource({
    "mutex, remainingAfter, 5ms",
    "row, remainingAfter, 5ms",
    "atomic, remainingAfter, 0s",
    "seats, seat, 0s"
  })
  void aCrowdBuysExactlyWhatThereIs(String strategy, String number, String think) throws Exception {
    String event = open("{\"stock\":25,\"think\":\"%s\"}".formatted(think));

    List<Response> answers = atOnce(40, i -> order(event, strategy, "k" + i, ""));

    assertEquals(Map.of(201, 25L, 409, 15L), statuses(answers));
    event(event)
        .then()
        .body("remaining", equalTo(0))
        .body("sold", equalTo(25))
        .body("oversold", equalTo(0));
    Set<Integer> numbers = new HashSet<>();
    answers.stream()
        .filter(answer -> answer.statusCode() == 201)
        .forEach(answer -> numbers.add(answer.path(number)));
    int first = strategy.equals("seats") ? 1 : 0;
    assertEquals(IntStream.range(first, first + 25).boxed().collect(Collectors.toSet()), numbers);
  }

  /// The crowd meets where a seat that was free a moment ago is taken by now, again and again.
  @Test
  void manyCrowdsInARowBuyEverySeatAndNobodyFails() throws Exception {
    for (int round = 0; round < 15; round++) {
      String event = open("{\"stock\":10}");
      List<Response> answers = atOnce(24, i -> order(event, "seats", "k" + i, ""));
      assertEquals(Map.of(201, 10L, 409, 14L), statuses(answers));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"mutex", "row", "atomic", "seats"})
  void theSameKeyManyTimesAtOnceIsOneOrder(String strategy) throws Exception {
    String event = open("{\"stock\":10}");

    List<Response> answers = atOnce(16, i -> order(event, strategy, "same", ""));

    assertEquals(Map.of(201, 16L), statuses(answers));
    assertEquals(1, answers.stream().map(answer -> answer.path("id")).distinct().count());
    event(event).then().body("sold", equalTo(1)).body("remaining", equalTo(9));
  }

  @Test
  void mutexRowAndAtomicMayBeMixed() throws Exception {
    String event = open("{\"stock\":50,\"think\":\"2ms\"}");
    List<String> ways = List.of("mutex", "row", "atomic");

    List<Response> answers = atOnce(90, i -> order(event, ways.get(i % ways.size()), "k" + i, ""));

    assertEquals(Map.of(201, 50L, 409, 40L), statuses(answers));
    event(event).then().body("remaining", equalTo(0)).body("sold", equalTo(50));
  }

  @ParameterizedTest
  @ValueSource(strings = {"none", "mutex", "row", "atomic"})
  void anEventWithNumberedSeatsIsSoldNoOtherWay(String strategy) {
    String event = open("{\"stock\":5}");
    Response before = order(event, strategy, "before", "");
    before.then().statusCode(201);
    order(event, "seats", "seat", "")
        .then()
        .statusCode(201)
        .body("seat", equalTo(2))
        .body("remainingAfter", nullValue());

    order(event, strategy, "after", "")
        .then()
        .statusCode(409)
        .body("type", containsString("event-numbered"));

    Response again = order(event, strategy, "before", "");
    again.then().statusCode(201).header("Idempotency-Replayed", "true");
    assertEquals(before.asString(), again.asString());
    event(event).then().body("remaining", equalTo(3)).body("sold", equalTo(2));
  }

  @Test
  void theStockOfNumberedSeatsCanBeRaisedAndLoweredAndNeverBelowWhatIsSold() {
    String event = open("{\"stock\":2}");
    order(event, "seats", "a", "").then().statusCode(201);
    put(event, "{\"stock\":4}").then().statusCode(200).body("remaining", equalTo(3));
    order(event, "seats", "b", "").then().statusCode(201);

    put(event, "{\"stock\":1}")
        .then()
        .statusCode(409)
        .body("type", containsString("stock-below-sold"));
    event(event).then().body("stock", equalTo(4)).body("remaining", equalTo(2));

    put(event, "{\"stock\":2}").then().statusCode(200).body("remaining", equalTo(0));
    order(event, "seats", "c", "").then().statusCode(409).body("type", containsString("sold-out"));
  }

  @Test
  void moreTicketsThanMayHaveNumbersAreRefused() {
    String event = open("{\"stock\":100001}");
    order(event, "seats", "a", "")
        .then()
        .statusCode(422)
        .body("type", containsString("too-many-seats"))
        .body("limit", equalTo(100000));
    event(event).then().body("sold", equalTo(0));
    order(event, "atomic", "b", "").then().statusCode(201);
  }

  @ParameterizedTest
  @ValueSource(strings = {"mutex", "seats"})
  void aDeletedEventIsGoneWithItsOrdersAndItsNameIsFree(String strategy) {
    String event = open("{\"stock\":3}");
    String order = order(event, strategy, "a", "").header("Location");

    given().delete("/ticket-service/events/" + event).then().statusCode(204);

    event(event).then().statusCode(404);
    given().get(order).then().statusCode(404);
    order(event, strategy, "a", "").then().statusCode(404);
    given().delete("/ticket-service/events/" + event).then().statusCode(204);
    put(event, "{\"stock\":1}").then().statusCode(201);
    order(event, strategy, "a", "")
        .then()
        .statusCode(201)
        .header("Idempotency-Replayed", nullValue());
  }

  @Test
  void listsComeInPages() {
    String event = open("{\"stock\":5}");
    for (String key : List.of("a", "b", "c")) {
      order(event, "atomic", key, "{\"buyer\":\"%s\"}".formatted(key)).then().statusCode(201);
    }
    String orders = "/ticket-service/events/" + event + "/orders";

    String next =
        given()
            .get(orders + "?limit=2")
            .then()
            .statusCode(200)
            .body("items.buyer", equalTo(List.of("a", "b")))
            .extract()
            .path("next");
    given()
        .get(next)
        .then()
        .statusCode(200)
        .body("items.buyer", equalTo(List.of("c")))
        .body("next", nullValue());

    given()
        .get("/ticket-service/events?limit=1&after=" + event.substring(0, event.length() - 1))
        .then()
        .statusCode(200)
        .body("items", hasSize(1));
    given().get(orders + "?after=x").then().statusCode(400);
    given().get("/ticket-service/events?limit=0").then().statusCode(400);
    given().get("/ticket-service/events/no-such-event/orders").then().statusCode(404);
  }
}
