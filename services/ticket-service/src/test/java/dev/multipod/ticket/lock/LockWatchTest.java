package dev.multipod.ticket.lock;

import static io.restassured.RestAssured.given;
import static org.hamcrest.Matchers.equalTo;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.multipod.testkit.Await;
import dev.multipod.testkit.PostgresResource;
import io.agroal.api.AgroalDataSource;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import jakarta.inject.Inject;
import java.net.URI;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.Test;

@QuarkusTest
@QuarkusTestResource(PostgresResource.class)
class LockWatchTest {
  private static final Duration SOON = Duration.ofSeconds(20);

  @Inject AgroalDataSource database;

  @TestHTTPResource("/ticket-service/locks/")
  URI locks;

  @Test
  void aWatcherHearsOfEachTenureInItsOrder() throws Exception {
    String lock = name();
    Response first = acquire(lock);
    try (LockStream stream = stream(lock)) {
      stream.await("granted 1");
      release(first);
      release(acquire(lock));
      Response third = acquire(lock);

      stream.await("granted 1", "ended 1-ended", "granted 2", "ended 2-ended", "granted 3");
      release(third);
      stream.await(
          "granted 1", "ended 1-ended", "granted 2", "ended 2-ended", "granted 3", "ended 3-ended");
      String data =
          stream.lines().stream()
              .filter(line -> line.startsWith("data:"))
              .findFirst()
              .orElseThrow();
      assertTrue(data.contains("\"lock\":\"" + lock + "\""), data);
      assertTrue(data.contains("\"owner\":\"" + first.path("owner") + "\""), data);
    }
  }

  @Test
  void aWatcherWhoComesBackHearsWhatItMissed() throws Exception {
    String lock = name();
    release(acquire(lock));
    release(acquire(lock));

    try (LockStream all = stream(lock, "Last-Event-ID", "1");
        LockStream late = stream(lock, "Last-Event-ID", "1-ended");
        LockStream fresh = stream(lock)) {
      all.await("ended 1-ended", "granted 2", "ended 2-ended");
      late.await("granted 2", "ended 2-ended");
      release(acquire(lock));
      fresh.await("granted 3", "ended 3-ended");
    }
  }

  @Test
  void aWatcherMayComeBeforeTheLock() throws Exception {
    String lock = name();
    try (LockStream stream = stream(lock)) {
      release(acquire(lock));
      stream.await("granted 1", "ended 1-ended");
    }
  }

  @Test
  void whatCannotBeWatchedIsSaidBeforeTheStream() {
    given()
        .header("Last-Event-ID", "yesterday")
        .get("/ticket-service/locks/a/events")
        .then()
        .statusCode(400)
        .body("type", equalTo("urn:multipod:problem:invalid-last-event-id"));
    given().get("/ticket-service/locks/{lock}/events", "a b").then().statusCode(400);
  }

  @Test
  void aLongHistoryIsToldInParts() throws Exception {
    String lock = name();
    release(acquire(lock));
    try (LockStream first = stream(lock);
        Connection connection = database.getConnection();
        Statement statement = connection.createStatement()) {
      first.await();
      // More than one look may bring.
      statement.execute(
          """
          INSERT INTO tickets.tenure (name, token, ticket, owner, pod, granted_at, ended_at, how)
          SELECT '%1$s', i, 1000000 + i, gen_random_uuid(), 'p', now(), now(), 'released'
            FROM generate_series(2, 1000) AS i;
          UPDATE tickets.lk SET token = 1000 WHERE name = '%1$s';
          """
              .formatted(lock));
      Await.until("all of it", SOON, () -> first.events().contains("ended 1000-ended"));
      assertEquals(
          2 * 999, first.events().stream().filter(event -> !event.equals("queue")).count());
    }
  }

  private LockStream stream(String lock, String... headers) throws Exception {
    return new LockStream(locks.resolve(lock + "/events"), headers);
  }

  private static String name() {
    return "lock-" + UUID.randomUUID();
  }

  private static Response acquire(String lock) {
    Response answer = given().body("{}").post("/ticket-service/locks/" + lock + "/leases");
    answer.then().statusCode(201);
    return answer;
  }

  private static void release(Response lease) {
    given()
        .header("If-Match", lease.header("ETag"))
        .delete(lease.header("Location"))
        .then()
        .statusCode(204);
  }
}
