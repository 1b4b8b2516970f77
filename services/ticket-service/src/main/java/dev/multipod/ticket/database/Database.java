package dev.multipod.ticket.database;

import io.agroal.api.AgroalDataSource;
import jakarta.enterprise.context.ApplicationScoped;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/// Calls to PostgreSQL: one connection for as long as one call takes, autocommit. It also knows how
/// long ago the database last answered, so that nobody has to ask it to find out that it is away.
@ApplicationScoped
public class Database {
  private static final Logger LOG = Logger.getLogger(Database.class);

  /// Longer than this without any answer, and callers who wait are told.
  private static final Duration PATIENCE = Duration.ofMillis(1_500);

  /// A process that was itself stopped for a while finds the last answer old when it goes on. So
  /// the answer must still be as old when it has had this long to hear another.
  private static final Duration SECOND_LOOK = Duration.ofMillis(200);

  /// The work of one call.
  @FunctionalInterface
  public interface Call<T> {
    T on(Connection connection) throws SQLException;
  }

  /// The answer that was found too old first, and when that was.
  private record Suspicion(long answeredAt, long at) {}

  /// A call that finds no connection for this long, while others do, gives up.
  private static final Duration LONGEST_TURN = Duration.ofSeconds(10);

  private static final Duration GLANCE = Duration.ofMillis(100);
  private static final String LOCK_NOT_AVAILABLE = "55P03";
  private static final Set<String> OURS = Set.of("0A", "21", "22", "23", "42", "P0");

  private final AgroalDataSource pool;

  /// One permit fewer than there are connections, so that an urgent call always finds one.
  private final Semaphore turns;

  private volatile boolean ready;
  private volatile long answeredAt = System.nanoTime();

  private final AtomicReference<@Nullable Suspicion> suspicion = new AtomicReference<>();

  Database(
      AgroalDataSource pool,
      @ConfigProperty(name = "quarkus.datasource.jdbc.max-size") int connections) {
    this.pool = pool;
    this.turns = new Semaphore(Math.max(1, connections - 1), true);
  }

  /// Runs a call on a connection of the pool, in turn. A long queue for connections is no reason to
  /// fail while the database answers those in front.
  ///
  /// @throws DatabaseAwayException no connection, or it broke, or it took too long
  public <T> T call(Call<T> work) {
    awaitTurn();
    try {
      return urgently(work);
    } finally {
      turns.release();
    }
  }

  /// Runs a call for all who wait in this process, before theirs. One at a time.
  ///
  /// @throws DatabaseAwayException no connection, or it broke, or it took too long
  public <T> T urgently(Call<T> work) {
    if (!ready) {
      throw new DatabaseAwayException("the schema is not there yet");
    }
    try (Connection connection = connection()) {
      T result = work.on(connection);
      answeredAt = System.nanoTime();
      return result;
    } catch (SQLException e) {
      if (isAway(e)) {
        throw new DatabaseAwayException(e.getSQLState() + " " + e.getMessage(), e);
      }
      throw new IllegalStateException("a statement failed: " + e.getMessage(), e);
    }
  }

  private Connection connection() throws SQLException {
    try {
      return pool.getConnection();
    } catch (RuntimeException e) {
      // The pool passes on whatever a driver met while it connected.
      LOG.warn("event=no-connection", e);
      throw new DatabaseAwayException("no connection", e);
    }
  }

  /// Runs statements in one transaction on one connection, in turn.
  ///
  /// @param lockWait how long one statement may wait for a lock; whole milliseconds
  /// @return empty when that was not long enough; nothing was done
  /// @throws DatabaseAwayException no connection, or it broke, or it took too long; whether it was
  ///   committed is unknown
  public <T> Optional<T> transaction(Duration lockWait, Call<T> work) {
    return call(
        connection -> {
          connection.setAutoCommit(false);
          try (Statement setting = connection.createStatement()) {
            setting.execute("SET LOCAL lock_timeout = " + lockWait.toMillis());
            T result = work.on(connection);
            connection.commit();
            return Optional.of(result);
          } catch (SQLException e) {
            connection.rollback();
            if (LOCK_NOT_AVAILABLE.equals(e.getSQLState())) {
              return Optional.empty();
            }
            throw e;
          } finally {
            connection.setAutoCommit(true);
          }
        });
  }

  /// Sleeps inside a transaction, which ends with its thread's.
  public static void pause(Duration time) throws SQLException {
    try {
      TimeUnit.NANOSECONDS.sleep(time.toNanos());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SQLException("interrupted", "57014", e);
    }
  }

  private void awaitTurn() {
    long deadline = System.nanoTime() + LONGEST_TURN.toNanos();
    try {
      do {
        if (turns.tryAcquire(GLANCE.toNanos(), TimeUnit.NANOSECONDS)) {
          return;
        }
      } while (!away() && System.nanoTime() < deadline);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    throw new DatabaseAwayException("no connection in time");
  }

  /// Whether the database has not answered for longer than callers should be let wait.
  public boolean away() {
    if (!ready) {
      return true;
    }
    long answered = answeredAt;
    long now = System.nanoTime();
    if (now - answered <= PATIENCE.toNanos()) {
      return false;
    }
    Suspicion first = suspicion.get();
    if (first == null || first.answeredAt != answered) {
      suspicion.set(new Suspicion(answered, now));
      return false;
    }
    return now - first.at > SECOND_LOOK.toNanos();
  }

  void schemaIsReady() {
    answeredAt = System.nanoTime();
    ready = true;
  }

  /// Whether a later try may not meet it, which is so for all but our own mistakes: a statement or
  /// its data that PostgreSQL will never take (SQLSTATE classes 0A, 21, 22, 23, 42, P0). Everything
  /// else is the connection, the driver (which gives no state, or 99999 for what it did not
  /// foresee), the server or its operator.
  private static boolean isAway(SQLException failure) {
    String state = failure.getSQLState();
    return state == null || OURS.stream().noneMatch(state::startsWith);
  }
}
