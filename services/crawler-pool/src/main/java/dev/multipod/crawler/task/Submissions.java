package dev.multipod.crawler.task;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.multipod.crawler.database.Database;
import dev.multipod.crawler.database.Hints;
import dev.multipod.crawler.pool.PoolSettings;
import dev.multipod.crawler.pool.Pools;
import dev.multipod.kit.input.IdempotencyKey;
import dev.multipod.kit.problem.Problem;
import jakarta.enterprise.context.ApplicationScoped;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// Takes tasks: all of a call or none, and once for a key. The pool's row is locked meanwhile, so
/// that the checks hold at the moment of the insert.
@ApplicationScoped
class Submissions {
  private final Database database;
  private final ObjectMapper json;
  private final PoolSettings settings;

  Submissions(Database database, ObjectMapper json, PoolSettings settings) {
    this.database = database;
    this.json = json;
    this.settings = settings;
  }

  /// Tasks that were taken.
  record Taken(List<Long> ids, boolean replayed) {}

  private record Locked(long id, boolean closed) {}

  /// Takes tasks into a pool.
  ///
  /// @throws Problem 404 `unknown-pool`, 409 `pool-closed`, 422 `idempotency-key-reused`, 429
  ///   `pool-full`
  Taken submit(
      String pool, IdempotencyKey key, String fingerprint, List<TaskReader.Checked> tasks) {
    return database.transaction(
        connection -> {
          Locked locked = lock(connection, pool);
          Optional<Taken> earlier = earlier(connection, locked.id, key, fingerprint);
          if (earlier.isPresent()) {
            return earlier.get();
          }
          if (locked.closed) {
            throw Problem.of(
                    409,
                    "pool-closed",
                    "The pool is closed",
                    "A closed pool takes no tasks. Make another pool.")
                .with("pool", pool);
          }
          int outstanding = outstanding(connection, locked.id);
          if (outstanding + tasks.size() > settings.tasks()) {
            throw Problem.of(
                    429,
                    "pool-full",
                    "The pool is full",
                    "Wait until some of its tasks have ended; then retry with the same key.")
                .with("pool", pool)
                .with("limit", settings.tasks())
                .with("outstanding", outstanding)
                .retryAfter(Duration.ofSeconds(1));
          }
          Long[] ids = insert(connection, locked.id, tasks);
          remember(connection, locked.id, key, fingerprint, ids);
          Pools.notify(connection, Hints.WORK, "");
          return new Taken(List.of(ids), false);
        });
  }

  private static Locked lock(Connection connection, String pool) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT id, closed_at IS NOT NULL FROM pool WHERE name = ? FOR NO KEY UPDATE")) {
      select.setString(1, pool);
      try (ResultSet row = select.executeQuery()) {
        if (!row.next()) {
          throw Pools.unknown(pool);
        }
        return new Locked(row.getLong(1), row.getBoolean(2));
      }
    }
  }

  private static Optional<Taken> earlier(
      Connection connection, long pool, IdempotencyKey key, String fingerprint)
      throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT fingerprint, ids FROM submission WHERE pool = ? AND key = ?")) {
      select.setLong(1, pool);
      select.setString(2, key.value());
      try (ResultSet row = select.executeQuery()) {
        if (!row.next()) {
          return Optional.empty();
        }
        if (!fingerprint.equals(row.getString(1))) {
          throw IdempotencyKey.reused();
        }
        Array ids = row.getArray(2);
        return Optional.of(new Taken(Arrays.asList((Long[]) ids.getArray()), true));
      }
    }
  }

  private static int outstanding(Connection connection, long pool) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT (SELECT count(*) FROM task WHERE pool = ? AND state = 'pending')"
                + " + (SELECT count(*) FROM task WHERE pool = ? AND state = 'running')")) {
      select.setLong(1, pool);
      select.setLong(2, pool);
      try (ResultSet row = select.executeQuery()) {
        row.next();
        return row.getInt(1);
      }
    }
  }

  private Long[] insert(Connection connection, long pool, List<TaskReader.Checked> tasks)
      throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            """
            WITH given AS (
              SELECT * FROM unnest(?::text[], ?::text[], ?::text[])
                WITH ORDINALITY AS g(kind, spec, host, position)
            ), inserted AS (
              INSERT INTO task (pool, kind, spec, host)
              SELECT ?, kind, spec::json, nullif(host, '') FROM given ORDER BY position
              RETURNING id
            )
            SELECT array_agg(id ORDER BY id) FROM inserted""")) {
      insert.setArray(
          1, texts(connection, tasks.stream().map(task -> task.spec().kind()).toList()));
      insert.setArray(
          2, texts(connection, tasks.stream().map(task -> write(task.spec())).toList()));
      insert.setArray(3, texts(connection, tasks.stream().map(TaskReader.Checked::host).toList()));
      insert.setLong(4, pool);
      try (ResultSet row = insert.executeQuery()) {
        row.next();
        return (Long[]) row.getArray(1).getArray();
      }
    }
  }

  private static void remember(
      Connection connection, long pool, IdempotencyKey key, String fingerprint, Long[] ids)
      throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT INTO submission (pool, key, fingerprint, ids) VALUES (?, ?, ?, ?)")) {
      insert.setLong(1, pool);
      insert.setString(2, key.value());
      insert.setString(3, fingerprint);
      insert.setArray(4, connection.createArrayOf("bigint", ids));
      insert.executeUpdate();
    }
  }

  private static Array texts(Connection connection, List<String> values) throws SQLException {
    return connection.createArrayOf("text", values.toArray());
  }

  private String write(TaskSpec spec) {
    try {
      return json.writerFor(TaskSpec.class).writeValueAsString(spec);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }
}
