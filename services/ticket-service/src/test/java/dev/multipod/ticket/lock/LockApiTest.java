package dev.multipod.ticket.lock;

import static io.restassured.RestAssured.given;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.notNullValue;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.multipod.testkit.Await;
import dev.multipod.testkit.PostgresResource;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import io.restassured.response.Response;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

@QuarkusTest
@QuarkusTestResource(PostgresResource.class)
class LockApiTest {
  @Test
  void aFreeLockIsGrantedWithATokenThatRises() {
    String lock = name();

    Response first = acquire(lock, "{}");

    first.then().statusCode(201).header("ETag", "\"1\"").body("token", equalTo(1));
    given().header("If-Match", "\"1\"").delete(first.header("Location")).then().statusCode(204);
    acquire(lock, "{}").then().statusCode(201).body("token", equalTo(2));
  }

  @Test
  void theSameOwnerGetsTheSameLeaseAgain() {
    String lock = name();
    String body = "{\"owner\":\"%s\"}".formatted(UUID.randomUUID());
    acquire(lock, body).then().statusCode(201);

    Response again = acquire(lock, body);

    again.then().statusCode(200).header("ETag", "\"1\"");
  }

  @Test
  void aHeldLockIs423AndSaysWhoHoldsIt() {
    String lock = name();
    String holder = acquire(lock, "{}").path("owner");

    Response second = acquire(lock, "{\"wait\":\"50ms\"}");

    second
        .then()
        .statusCode(423)
        .header("Retry-After", "1")
        .body("type", equalTo("urn:multipod:problem:lock-held"))
        .body("holder", equalTo(holder))
        .body("position", equalTo(1));
  }

  @Test
  void whoDoesNotWaitTakesNoPlace() {
    String lock = name();
    acquire(lock, "{}").then().statusCode(201);

    acquire(lock, "{\"wait\":\"0s\"}").then().statusCode(423);

    given().get("/ticket-service/locks/" + lock + "/waiters").then().body("", hasSize(0));
  }

  @Test
  void aWaiterIsGrantedOnReleaseAndTheHistoryShowsBoth() throws Exception {
    String lock = name();
    Response first = acquire(lock, "{}");
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<Response> second = threads.submit(() -> acquire(lock, "{\"wait\":\"10s\"}"));
      awaitWaiters(lock, 1);

      given().header("If-Match", "\"1\"").delete(first.header("Location")).then().statusCode(204);

      second.get().then().statusCode(201).header("ETag", "\"2\"");
    }
    given()
        .get("/ticket-service/locks/" + lock + "/tenures")
        .then()
        .body("token", contains(2, 1))
        .body("[1].how", equalTo("released"))
        .body("[1].endedAt", notNullValue());
    given()
        .get("/ticket-service/locks/" + lock)
        .then()
        .body("held", equalTo(true))
        .body("token", equalTo(2))
        .body("waiters", equalTo(0));
  }

  /// The best of three: a pause of the machine spoils one.
  @Test
  void aLeaseThatRanOutGoesToTheNextAndItsHolderIsToldSo() {
    Duration recovery =
        Stream.generate(this::recovery).limit(3).min(Comparator.naturalOrder()).orElseThrow();
    // ttl and poll are 800 ms; the rest is for a busy machine.
    assertTrue(recovery.toMillis() < 800 + 1_500, "handed on after " + recovery);
  }

  /// From one grant to the next, of a lease that ran out.
  private Duration recovery() {
    String lock = name();
    Response slow = acquire(lock, "{\"ttl\":\"500ms\"}");

    acquire(lock, "{\"wait\":\"5s\"}").then().statusCode(201).header("ETag", "\"2\"");

    List<String> granted =
        given().get("/ticket-service/locks/" + lock + "/tenures").jsonPath().getList("grantedAt");
    given()
        .header("If-Match", "\"1\"")
        .patch(slow.header("Location"))
        .then()
        .statusCode(412)
        .body("type", equalTo("urn:multipod:problem:lease-superseded"));
    given().header("If-Match", "\"1\"").delete(slow.header("Location")).then().statusCode(412);
    return Duration.between(Instant.parse(granted.get(1)), Instant.parse(granted.get(0)));
  }

  @Test
  void aRenewedLeaseLastsLonger() {
    String lock = name();
    Response lease = acquire(lock, "{\"ttl\":\"3s\"}");

    given()
        .header("If-Match", "\"1\"")
        .body("{\"ttl\":\"60s\"}")
        .patch(lease.header("Location"))
        .then()
        .statusCode(200)
        .body("expiresIn", equalTo("1m"));

    acquire(lock, "{\"wait\":\"3500ms\"}").then().statusCode(423);
  }

  @Test
  void aCallerWhoGoesAwayFreesItsPlace() throws Exception {
    String lock = name();
    acquire(lock, "{}").then().statusCode(201);
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), RestAssured.port)) {
      OutputStream out = socket.getOutputStream();
      String body = "{\"wait\":\"30s\"}";
      String path = "/ticket-service/locks/" + lock + "/leases";
      String head = "POST " + path + " HTTP/1.1\r\nHost: x\r\nContent-Length: " + body.length();
      out.write((head + "\r\n\r\n" + body).getBytes(StandardCharsets.US_ASCII));
      awaitWaiters(lock, 1);
    }

    // Sooner than its place would run out.
    awaitWaiters(lock, 0);
  }

  @Test
  void waitersAreGrantedInTheOrderTheyCame() throws Exception {
    String lock = name();
    Response holder = acquire(lock, "{}");
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<UUID> owners = List.of(UUID.randomUUID(), UUID.randomUUID(), UUID.randomUUID());
      List<Future<Response>> waiting = new ArrayList<>();
      for (UUID owner : owners) {
        waiting.add(
            threads.submit(
                () -> acquire(lock, "{\"owner\":\"%s\",\"wait\":\"20s\"}".formatted(owner))));
        awaitWaiters(lock, waiting.size());
      }

      release(holder);
      for (Future<Response> next : waiting) {
        release(next.get());
      }

      List<String> granted =
          given().get("/ticket-service/locks/" + lock + "/tenures").jsonPath().getList("owner");
      assertEquals(owners.stream().map(UUID::toString).toList(), granted.reversed().subList(1, 4));
    }
  }

  @Test
  void badInputIsAClearProblem() {
    String lock = name();
    given()
        .urlEncodingEnabled(false)
        .post("/ticket-service/locks/a%2Fb/leases")
        .then()
        .statusCode(400)
        .body("type", equalTo("urn:multipod:problem:invalid-name"));
    acquire(lock, "{\"ttl\":\"-1s\"}")
        .then()
        .statusCode(400)
        .body("type", containsString("invalid-duration"));
    acquire(lock, "{\"ttl\":\"1ms\"}")
        .then()
        .statusCode(422)
        .body("type", containsString("ttl-out-of-range"));
    acquire(lock, "{\"owner\":\"me\"}")
        .then()
        .statusCode(400)
        .body("type", containsString("invalid-owner"));
    acquire(lock, "{").then().statusCode(400).body("type", containsString("malformed-json"));
    acquire(lock, "{\"tll\":\"1s\"}")
        .then()
        .statusCode(400)
        .body("type", containsString("unknown-member"));
    given()
        .contentType("application/json")
        .body(new byte[] {'{', (byte) 0xff, '}'})
        .post("/ticket-service/locks/" + lock + "/leases")
        .then()
        .statusCode(400)
        .body("type", containsString("not-utf-8"));
    given()
        .delete("/ticket-service/locks/" + lock + "/leases/" + UUID.randomUUID())
        .then()
        .statusCode(428)
        .body("type", containsString("if-match-missing"));
    given()
        .get("/ticket-service/locks/" + lock)
        .then()
        .statusCode(404)
        .body("type", containsString("no-such-lock"));
  }

  private static String name() {
    return "lock-" + UUID.randomUUID();
  }

  private static Response acquire(String lock, String body) {
    return given()
        .contentType("application/json")
        .body(body)
        .post("/ticket-service/locks/" + lock + "/leases");
  }

  private static void release(Response lease) {
    given()
        .header("If-Match", lease.header("ETag"))
        .delete(lease.header("Location"))
        .then()
        .statusCode(204);
  }

  private static void awaitWaiters(String lock, int count) {
    Await.until(
        count + " waiters",
        Duration.ofSeconds(10),
        () -> given().get("/ticket-service/locks/" + lock).<Integer>path("waiters") == count);
  }
}
