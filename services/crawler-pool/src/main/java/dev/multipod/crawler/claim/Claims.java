package dev.multipod.crawler.claim;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.multipod.crawler.database.Database;
import dev.multipod.crawler.database.Hints;
import dev.multipod.crawler.pool.Pools;
import dev.multipod.crawler.task.TaskSpec;
import dev.multipod.kit.replica.Replica;
import jakarta.enterprise.context.ApplicationScoped;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Claims, leases and endings in the database, each a single call. The time of leases is the
/// database's `clock_timestamp()`, never a replica's clock.
@ApplicationScoped
class Claims {
  private final Database database;
  private final ObjectMapper json;
  private final ClaimSettings settings;
  private final String replica;

  Claims(Database database, ObjectMapper json, ClaimSettings settings, Replica replica) {
    this.database = database;
    this.json = json;
    this.settings = settings;
    this.replica = replica.name();
  }

  /// A claim with what became of it.
  record Ended(Claim claim, Outcome outcome) {}

  /// The pools with something to claim or to take back.
  List<Long> poolsWithWork() {
    return database.statement(
        connection -> {
          try (PreparedStatement select =
                  connection.prepareStatement(
                      """
                      SELECT p.id FROM pool p
                      WHERE EXISTS (
                          SELECT FROM task t WHERE t.pool = p.id AND t.state = 'pending')
                        OR EXISTS (
                          SELECT FROM task t WHERE t.pool = p.id AND t.state = 'running'
                            AND t.lease_until < clock_timestamp())""");
              ResultSet rows = select.executeQuery()) {
            List<Long> pools = new ArrayList<>();
            while (rows.next()) {
              pools.add(rows.getLong(1));
            }
            return pools;
          }
        });
  }

  /// Claims at most `want` tasks of a pool.
  List<Claim> claim(long pool, int want) {
    return database.statement(
        connection -> {
          try (PreparedStatement call =
              connection.prepareStatement(
                  "SELECT task, token, spec, attempts, retries"
                      + " FROM claim(?, ?, ?, ? * interval '1 ms', ?)")) {
            call.setLong(1, pool);
            call.setString(2, replica);
            call.setInt(3, want);
            call.setLong(4, settings.lease().toMillis());
            call.setInt(5, settings.maxAttempts());
            List<Claim> claims = new ArrayList<>();
            try (ResultSet row = call.executeQuery()) {
              while (row.next()) {
                claims.add(
                    new Claim(
                        row.getLong(1),
                        pool,
                        row.getLong(2),
                        spec(row.getString(3)),
                        row.getInt(4),
                        row.getInt(5)));
              }
            }
            return claims;
          }
        });
  }

  /// Renews leases.
  ///
  /// @return the tokens that are still good; the others are lost
  Set<Long> renew(Collection<Claim> claims) {
    return database.statement(
        connection -> {
          try (PreparedStatement update =
              connection.prepareStatement(
                  """
                  WITH held AS (
                    SELECT t.id FROM task t
                    JOIN unnest(?::bigint[], ?::bigint[]) AS g(id, token)
                      ON t.id = g.id AND t.token = g.token
                    WHERE t.state = 'running' ORDER BY t.id FOR UPDATE OF t
                  )
                  UPDATE task t SET lease_until = clock_timestamp() + ? * interval '1 ms'
                  FROM held WHERE t.id = held.id AND t.state = 'running'
                    AND t.token = ANY (?::bigint[])
                  RETURNING t.token""")) {
            Object[] tokens = claims.stream().map(Claim::token).toArray();
            update.setArray(
                1, connection.createArrayOf("bigint", claims.stream().map(Claim::task).toArray()));
            update.setArray(2, connection.createArrayOf("bigint", tokens));
            update.setLong(3, settings.lease().toMillis());
            update.setArray(4, connection.createArrayOf("bigint", tokens));
            Set<Long> good = new HashSet<>();
            try (ResultSet rows = update.executeQuery()) {
              while (rows.next()) {
                good.add(rows.getLong(1));
              }
            }
            return good;
          }
        });
  }

  /// Writes endings, those whose token is still the task's newest; the others change nothing.
  ///
  /// @return the tokens that were
  Set<Long> end(List<Ended> batch) {
    return database.transaction(
        connection -> {
          Set<Long> written = new HashSet<>();
          Set<Long> pools = new HashSet<>();
          write(connection, batch, written, pools);
          for (long pool : pools) {
            Pools.notify(connection, Hints.DONE, Long.toString(pool));
          }
          return written;
        });
  }

  private void write(Connection connection, List<Ended> batch, Set<Long> written, Set<Long> pools)
      throws SQLException {
    int size = batch.size();
    Long[] ids = new Long[size];
    Long[] tokens = new Long[size];
    String[] states = new String[size];
    @Nullable String[] results = new @Nullable String[size];
    @Nullable String[] errors = new @Nullable String[size];
    @Nullable String[] details = new @Nullable String[size];
    Long[] delays = new Long[size];
    Integer[] retries = new Integer[size];
    for (int i = 0; i < size; i++) {
      ids[i] = batch.get(i).claim().task();
      tokens[i] = batch.get(i).claim().token();
      delays[i] = 0L;
      retries[i] = 0;
      switch (batch.get(i).outcome()) {
        case Outcome.Succeeded(JsonNode result) -> {
          states[i] = "succeeded";
          results[i] = result.toString();
        }
        case Outcome.Failed(String code, String detail, JsonNode result) -> {
          states[i] = "failed";
          errors[i] = code;
          details[i] = detail;
          results[i] = result.isNull() ? null : result.toString();
        }
        case Outcome.HandedBack(var after, boolean retry) -> {
          states[i] = "pending";
          delays[i] = after.toMillis();
          retries[i] = retry ? 1 : 0;
        }
      }
    }
    try (PreparedStatement update =
        connection.prepareStatement(
            """
            WITH given AS (
              SELECT * FROM unnest(?::bigint[], ?::bigint[], ?::text[], ?::text[], ?::text[],
                  ?::text[], ?::bigint[], ?::int[])
                AS g(id, token, state, result, error, detail, delay, retry)
            ), held AS (
              SELECT t.id FROM task t JOIN given g ON t.id = g.id AND t.token = g.token
              WHERE t.state = 'running' ORDER BY t.id FOR UPDATE OF t
            ), ended AS (
              UPDATE task t SET
                state = g.state,
                result = g.result::json,
                error = g.error,
                detail = g.detail,
                attempts = t.attempts - (g.state = 'pending')::int,
                retries = t.retries + g.retry,
                not_before = CASE WHEN g.delay > 0
                  THEN clock_timestamp() + g.delay * interval '1 ms' ELSE '-infinity' END,
                finish = CASE WHEN g.state <> 'pending' THEN nextval('finish') END,
                finished_at = CASE WHEN g.state <> 'pending' THEN clock_timestamp() END
              FROM given g, held
              WHERE t.id = g.id AND held.id = t.id AND t.token = g.token AND t.state = 'running'
              RETURNING t.id, t.token, t.pool, g.state
            ), noted AS (
              UPDATE attempt a SET
                ended_at = clock_timestamp(),
                how = CASE ended.state WHEN 'pending' THEN 'handed-back' ELSE ended.state END
              FROM ended WHERE a.task = ended.id AND a.token = ended.token
            )
            SELECT token, pool FROM ended""")) {
      update.setArray(1, connection.createArrayOf("bigint", ids));
      update.setArray(2, connection.createArrayOf("bigint", tokens));
      update.setArray(3, connection.createArrayOf("text", states));
      update.setArray(4, connection.createArrayOf("text", results));
      update.setArray(5, connection.createArrayOf("text", errors));
      update.setArray(6, connection.createArrayOf("text", details));
      update.setArray(7, connection.createArrayOf("bigint", delays));
      update.setArray(8, connection.createArrayOf("int", retries));
      try (ResultSet rows = update.executeQuery()) {
        while (rows.next()) {
          written.add(rows.getLong(1));
          pools.add(rows.getLong(2));
        }
      }
    }
  }

  private TaskSpec spec(String text) {
    try {
      return json.readValue(text, TaskSpec.class);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }
}
