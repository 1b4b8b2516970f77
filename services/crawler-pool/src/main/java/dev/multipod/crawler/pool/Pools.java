package dev.multipod.crawler.pool;

import dev.multipod.crawler.database.Database;
import dev.multipod.crawler.database.Hints;
import dev.multipod.kit.problem.Problem;
import jakarta.enterprise.context.ApplicationScoped;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The pools in the database.
@ApplicationScoped
public class Pools {
  private final Database database;
  private final PoolSettings settings;

  Pools(Database database, PoolSettings settings) {
    this.database = database;
    this.settings = settings;
  }

  /// A pool that was made, or made earlier by the same call.
  record Created(Pool pool, boolean replayed) {}

  /// Makes a pool.
  ///
  /// @param key the caller's Idempotency-Key, if one was sent
  /// @throws Problem 409 `pool-exists`, 429 `too-many-pools`
  Created create(String name, int processes, @Nullable String key) {
    return database.transaction(
        connection -> {
          if (count(connection) >= settings.pools()) {
            throw Problem.of(
                    429,
                    "too-many-pools",
                    "There are too many pools",
                    "Use an existing pool, or raise multipod.crawler.pool.pools.")
                .with("limit", settings.pools());
          }
          boolean made;
          try (PreparedStatement insert =
              connection.prepareStatement(
                  "INSERT INTO pool (name, processes, creation_key) VALUES (?, ?, ?)"
                      + " ON CONFLICT (name) DO NOTHING")) {
            insert.setString(1, name);
            insert.setInt(2, processes);
            insert.setString(3, key);
            made = insert.executeUpdate() == 1;
          }
          if (!made && !sameCall(connection, name, processes, key)) {
            throw Problem.of(
                    409,
                    "pool-exists",
                    "There is a pool of this name",
                    "Choose another name, or use the pool that is there.")
                .with("pool", name);
          }
          return new Created(find(connection, name).orElseThrow(() -> unknown(name)), !made);
        });
  }

  private static long count(Connection connection) throws SQLException {
    try (PreparedStatement select = connection.prepareStatement("SELECT count(*) FROM pool");
        ResultSet row = select.executeQuery()) {
      row.next();
      return row.getLong(1);
    }
  }

  private static boolean sameCall(
      Connection connection, String name, int processes, @Nullable String key) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT FROM pool WHERE name = ? AND processes = ? AND creation_key = ?")) {
      select.setString(1, name);
      select.setInt(2, processes);
      select.setString(3, key);
      try (ResultSet row = select.executeQuery()) {
        return row.next();
      }
    }
  }

  /// The pool as it is now.
  ///
  /// @throws Problem 404 `unknown-pool`
  public Pool get(String name) {
    return database
        .statement(connection -> find(connection, name))
        .orElseThrow(() -> unknown(name));
  }

  /// From now on the pool takes no tasks. Closing again changes nothing.
  ///
  /// @throws Problem 404 `unknown-pool`
  void close(String name) {
    database.transaction(
        connection -> {
          try (PreparedStatement update =
              connection.prepareStatement(
                  "UPDATE pool SET closed_at = coalesce(closed_at, clock_timestamp())"
                      + " WHERE name = ? RETURNING id")) {
            update.setString(1, name);
            try (ResultSet row = update.executeQuery()) {
              if (!row.next()) {
                throw unknown(name);
              }
              String id = row.getString(1);
              notify(connection, Hints.DONE, id);
              return id;
            }
          }
        });
  }

  /// Tells every replica, once this transaction commits.
  public static void notify(Connection connection, String channel, String payload)
      throws SQLException {
    try (PreparedStatement notify = connection.prepareStatement("SELECT pg_notify(?, ?)")) {
      notify.setString(1, channel);
      notify.setString(2, payload);
      notify.execute();
    }
  }

  /// The problem of a name that no pool has.
  public static Problem unknown(String name) {
    return Problem.of(
            404,
            "unknown-pool",
            "There is no such pool",
            "Make it with POST /crawler-pool/pools, or check the name.")
        .with("pool", name);
  }

  private static Optional<Pool> find(Connection connection, String name) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            """
            SELECT p.id, p.processes, p.created_at, p.closed_at,
                   count(t.id) FILTER (WHERE t.state = 'pending'),
                   count(t.id) FILTER (WHERE t.state = 'running'),
                   count(t.id) FILTER (WHERE t.state = 'succeeded'),
                   count(t.id) FILTER (WHERE t.state = 'failed')
            FROM pool p LEFT JOIN task t ON t.pool = p.id
            WHERE p.name = ? GROUP BY p.id""")) {
      select.setString(1, name);
      try (ResultSet row = select.executeQuery()) {
        if (!row.next()) {
          return Optional.empty();
        }
        var progress =
            new Pool.Progress(row.getLong(5), row.getLong(6), row.getLong(7), row.getLong(8));
        Pool.State state = Pool.State.open;
        if (row.getObject(4) != null) {
          state = progress.drained() ? Pool.State.drained : Pool.State.closed;
        }
        var createdAt = Objects.requireNonNull(row.getObject(3, OffsetDateTime.class));
        return Optional.of(
            new Pool(row.getLong(1), name, row.getInt(2), state, createdAt.toInstant(), progress));
      }
    }
  }
}
