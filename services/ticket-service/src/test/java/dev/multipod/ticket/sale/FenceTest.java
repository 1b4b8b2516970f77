package dev.multipod.ticket.sale;

import static dev.multipod.ticket.sale.Tickets.event;
import static dev.multipod.ticket.sale.Tickets.open;
import static org.hamcrest.Matchers.equalTo;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.multipod.testkit.Await;
import dev.multipod.testkit.PostgresResource;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The database's own side of the fence, which no client's mistake gets around.
@QuarkusTest
@QuarkusTestResource(PostgresResource.class)
class FenceTest {
  private static final int MOMENT = 1;
  private static final int LONG = 60_000;

  @Inject @Nullable DataSource database;

  private final UUID before = UUID.randomUUID();
  private final UUID after = UUID.randomUUID();
  private String event = "";
  private long token;

  /// A seller had the lock, for a moment that is over.
  @BeforeEach
  void aLeaseThatRanOut() throws SQLException {
    event = open("{\"stock\":5}");
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      token = acquire(connection, before, MOMENT);
      // By the clock of the database, which may have been quicker than the moment.
      statement.execute("SELECT pg_sleep(0.02)");
    }
  }

  private Connection connect() throws SQLException {
    if (database == null) {
      throw new IllegalStateException("no database");
    }
    return database.getConnection();
  }

  @Test
  void aTokenThatIsStillTheLastOneSells() throws SQLException {
    try (Connection connection = connect()) {
      assertEquals("sold", sell(connection));
    }
    event(event).then().body("sold", equalTo(1)).body("remaining", equalTo(4));
  }

  @Test
  void aTokenFromBeforeATakeOverSellsNothing() throws SQLException {
    try (Connection connection = connect()) {
      assertEquals(token + 1, acquire(connection, after, LONG));
      assertEquals("fenced", sell(connection));
    }
    event(event).then().body("sold", equalTo(0)).body("remaining", equalTo(5));
  }

  /// The condition is not judged by what was true before the wait.
  @Test
  void aSaleThatWaitedForATakeOverSellsNothing() throws Exception {
    try (Connection takingOver = connect();
        Connection selling = connect();
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      takingOver.setAutoCommit(false);
      assertEquals(token + 1, acquire(takingOver, after, LONG));
      Future<String> sale = threads.submit(() -> sell(selling));
      Await.until("the sale waits", Duration.ofSeconds(20), () -> waits("tickets.sell("));
      takingOver.commit();
      takingOver.setAutoCommit(true);
      assertEquals("fenced", sale.get());
    }
    event(event).then().body("sold", equalTo(0)).body("remaining", equalTo(5));
  }

  private boolean waits(String what) throws SQLException {
    try (Connection connection = connect();
        PreparedStatement statement =
            connection.prepareStatement(
                "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                    + " AND position(? IN query) > 0")) {
      statement.setString(1, what);
      try (ResultSet row = statement.executeQuery()) {
        return row.next() && row.getInt(1) > 0;
      }
    }
  }

  /// The planner knows other events, and nothing of one that has just been opened.
  @Test
  void aSaleReadsTheOrdersOfItsKeysAndNoOthers() throws SQLException {
    event = open("{\"stock\":100}");
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      // With a plan of its own for each call, so that it is what the planner thinks of this event.
      statement.execute("SET LOCAL plan_cache_mode = force_custom_plan");
      orders(statement, "known to the planner", 20_000);
      statement.execute("ANALYZE tickets.orders");
      orders(statement, event, 2_000);
      token = acquire(connection, before, LONG);
      long list = unflushed(connection, "orders_by_event");
      long keys = unflushed(connection, "orders_event_key_key");
      statement.execute(
          """
          SELECT sell.* FROM tickets.event e,
            (SELECT array_agg(gen_random_uuid()) AS ids, array_agg('key-' || n) AS keys,
                    array_agg('print'::text) AS prints, array_agg(NULL::text) AS buyers
               FROM generate_series(1, 32) AS n) AS many,
            tickets.sell('event:' || e.name, %d, '%s', e.name, e.revision, e.remaining, 'pod',
                         'mutex', ids, keys, prints, buyers) AS sell
           WHERE e.name = '%s'
          """
              .formatted(token, before, event));
      assertEquals(list, unflushed(connection, "orders_by_event"));
      assertEquals(keys, unflushed(connection, "orders_event_key_key"));
      connection.rollback();
    }
  }

  private static void orders(Statement statement, String event, int count) throws SQLException {
    statement.execute(
        """
        INSERT INTO tickets.orders (id, event, key, fingerprint, strategy, remaining_after, pod)
        SELECT gen_random_uuid(), '%s', 'other-' || n, 'print', 'mutex', n, 'pod'
          FROM generate_series(1, %d) AS n
        """
            .formatted(event, count));
  }

  /// How many entries of an index were read, as far as this connection has not yet reported them.
  private static long unflushed(Connection connection, String index) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT pg_stat_get_xact_tuples_returned('tickets.%s'::regclass)"
                    .formatted(index))) {
      row.next();
      return row.getLong(1);
    }
  }

  private long acquire(Connection connection, UUID owner, int ttl) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "SELECT o_token FROM tickets.acquire(?, ?, 'pod', ?, 1000, 10, true)")) {
      statement.setString(1, "event:" + event);
      statement.setObject(2, owner);
      statement.setInt(3, ttl);
      try (ResultSet row = statement.executeQuery()) {
        row.next();
        return row.getLong(1);
      }
    }
  }

  /// @return the outcome of a sale by whoever had the lock first
  private String sell(Connection connection) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "SELECT o_outcome FROM tickets.event e, tickets.sell(?, ?, ?, e.name, e.revision,"
                + " e.remaining, 'pod', 'mutex', ARRAY[?]::uuid[], ARRAY['key'], ARRAY['print'],"
                + " ARRAY[NULL]::text[]) WHERE e.name = ?")) {
      statement.setString(1, "event:" + event);
      statement.setLong(2, token);
      statement.setObject(3, before);
      statement.setObject(4, UUID.randomUUID());
      statement.setString(5, event);
      try (ResultSet row = statement.executeQuery()) {
        row.next();
        return row.getString(1);
      }
    }
  }
}
