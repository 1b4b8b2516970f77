package dev.multipod.ticket.lock;

import static io.restassured.RestAssured.given;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.multipod.testkit.Await;
import dev.multipod.testkit.PostgresResource;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import jakarta.inject.Inject;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Timestamp;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

@QuarkusTest
@QuarkusTestResource(PostgresResource.class)
class LeaseClockTest {
  @Inject @Nullable DataSource database;

  private Connection connect() throws SQLException {
    if (database == null) {
      throw new IllegalStateException("no database");
    }
    return database.getConnection();
  }

  /// A clock that stands still since the transaction began (`now()`) gives away a lease that is as
  /// much shorter as its request had to wait.
  @Test
  void aLeaseBeginsWhenItIsGrantedAndNotWhenItWasAskedFor() throws Exception {
    String lock = "lock-" + UUID.randomUUID();
    Response first = acquire(lock);
    given()
        .header("If-Match", first.header("ETag"))
        .delete(first.header("Location"))
        .then()
        .statusCode(204);

    Timestamp letGo;
    try (Connection blocking = connect();
        Statement statement = blocking.createStatement();
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      blocking.setAutoCommit(false);
      statement.execute("SELECT 1 FROM tickets.lk WHERE name = '%s' FOR UPDATE".formatted(lock));
      Future<Response> second = threads.submit(() -> acquire(lock));
      Await.until("it waits for the row", Duration.ofSeconds(20), this::somebodyWaits);
      letGo = time(statement, "SELECT clock_timestamp()");
      blocking.commit();
      blocking.setAutoCommit(true);
      second.get().then().statusCode(201);
      Timestamp ends =
          time(
              statement,
              "SELECT expires_at - interval '1 minute' FROM tickets.lk WHERE name = '%s'"
                  .formatted(lock));
      assertTrue(!ends.before(letGo), "the lease of a minute began at " + ends + ", not " + letGo);
    }
  }

  private boolean somebodyWaits() throws SQLException {
    try (Connection connection = connect();
        Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                    + " AND query LIKE '%acquire%'")) {
      return row.next() && row.getInt(1) > 0;
    }
  }

  private static Timestamp time(Statement statement, String sql) throws SQLException {
    try (ResultSet row = statement.executeQuery(sql)) {
      row.next();
      return row.getTimestamp(1);
    }
  }

  private static Response acquire(String lock) {
    return given()
        .contentType("application/json")
        .body("{\"ttl\":\"1m\"}")
        .post("/ticket-service/locks/" + lock + "/leases");
  }
}
