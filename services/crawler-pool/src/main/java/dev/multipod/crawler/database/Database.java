package dev.multipod.crawler.database;

import dev.multipod.kit.problem.Problem;
import jakarta.enterprise.context.ApplicationScoped;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import javax.sql.DataSource;

/// Runs work on a pooled connection. What fails because the database cannot be reached becomes 503
/// `database-unavailable`; a deadlock or a serialization failure is tried again.
@ApplicationScoped
public class Database {
  private static final int TRIES = 3;

  private final DataSource source;
  private final Schema schema;

  Database(DataSource source, Schema schema) {
    this.source = source;
    this.schema = schema;
  }

  /// Work on a connection; it neither commits nor closes it.
  @FunctionalInterface
  public interface Work<T> {
    T on(Connection connection) throws SQLException;
  }

  /// One transaction: all of it or nothing.
  public <T> T transaction(Work<T> work) {
    return attempt(work, false);
  }

  /// A single statement that commits by itself.
  public <T> T statement(Work<T> work) {
    return attempt(work, true);
  }

  private <T> T attempt(Work<T> work, boolean autoCommit) {
    if (!schema.ready()) {
      throw unavailable();
    }
    for (int attempt = 1; ; attempt++) {
      try (Connection connection = source.getConnection()) {
        return autoCommit ? work.on(connection) : inTransaction(connection, work);
      } catch (SQLException e) {
        String state = e.getSQLState() == null ? "08000" : e.getSQLState();
        if (attempt < TRIES && (state.equals("40P01") || state.equals("40001"))) {
          continue;
        }
        if (unreachable(state)) {
          throw unavailable();
        }
        throw new IllegalStateException(e);
      }
    }
  }

  private static <T> T inTransaction(Connection connection, Work<T> work) throws SQLException {
    connection.setAutoCommit(false);
    boolean done = false;
    try {
      T result = work.on(connection);
      connection.commit();
      done = true;
      return result;
    } finally {
      if (!done && !connection.isClosed()) {
        connection.rollback();
      }
      connection.setAutoCommit(true);
    }
  }

  /// Classes of SQLSTATE: 08 connection, 57P operator intervention, 53 resources, 25P03 idle too
  /// long.
  private static boolean unreachable(String state) {
    return state.startsWith("08")
        || state.startsWith("57")
        || state.startsWith("53")
        || state.equals("25P03");
  }

  private static Problem unavailable() {
    return Problem.of(
            503,
            "database-unavailable",
            "The database cannot be reached",
            "Retry after a moment, with the same Idempotency-Key.")
        .retryAfter(Duration.ofSeconds(1));
  }
}
