package dev.multipod.crawler.task;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.multipod.crawler.database.Database;
import jakarta.enterprise.context.ApplicationScoped;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Tasks and results in the database, for reading.
@ApplicationScoped
class Tasks {
  private static final String SELECT =
      """
      SELECT t.id, p.name, t.spec, t.state, t.attempts, t.retries, a.replica, a.started_at,
             t.finished_at, t.result, t.error, t.detail, t.pool, t.finish
      FROM task t
      JOIN pool p ON p.id = t.pool
      LEFT JOIN attempt a ON a.task = t.id AND a.token = t.token
      """;

  private final Database database;
  private final ObjectMapper json;

  Tasks(Database database, ObjectMapper json) {
    this.database = database;
    this.json = json;
  }

  Optional<TaskView> find(long id) {
    List<TaskView> found = query(SELECT + "WHERE t.id = ?", id);
    return found.stream().findFirst();
  }

  /// Ended tasks of a pool in the order of their endings, after the given one.
  List<TaskView> ended(long pool, long after, int atMost) {
    return query(
        SELECT + "WHERE t.pool = ? AND t.finish > ? ORDER BY t.finish LIMIT ?",
        pool,
        after,
        atMost);
  }

  /// The tutorial's file: one line for each page that the site gave with 200 and that is text, with
  /// its place in the order of endings. (The tutorial's callback dies on any other answer.)
  List<Line> lines(long pool, long after, int atMost) {
    return database.statement(
        connection -> {
          try (PreparedStatement select =
              connection.prepareStatement(
                  """
                  SELECT finish, spec->>'url', result->>'size' FROM task
                  WHERE pool = ? AND finish > ? AND kind = 'fetch' AND state = 'succeeded'
                    AND result->>'size' IS NOT NULL
                  ORDER BY finish LIMIT ?""")) {
            select.setLong(1, pool);
            select.setLong(2, after);
            select.setInt(3, atMost);
            List<Line> lines = new ArrayList<>();
            try (ResultSet rows = select.executeQuery()) {
              while (rows.next()) {
                lines.add(
                    new Line(
                        rows.getLong(1),
                        "url:%s size:%s\n".formatted(rows.getString(2), rows.getString(3))));
              }
            }
            return lines;
          }
        });
  }

  record Line(long finish, String text) {}

  private List<TaskView> query(String sql, long... parameters) {
    return database.statement(
        connection -> {
          try (PreparedStatement select = connection.prepareStatement(sql)) {
            for (int i = 0; i < parameters.length; i++) {
              select.setLong(i + 1, parameters[i]);
            }
            List<TaskView> found = new ArrayList<>();
            try (ResultSet rows = select.executeQuery()) {
              while (rows.next()) {
                found.add(view(rows));
              }
            }
            return found;
          }
        });
  }

  private TaskView view(ResultSet row) throws SQLException {
    try {
      ObjectNode task = json.createObjectNode();
      task.put("id", row.getLong(1));
      task.put("pool", row.getString(2));
      task.setAll((ObjectNode) json.readTree(row.getString(3)));
      task.put("state", row.getString(4));
      task.put("attempts", row.getInt(5));
      task.put("retries", row.getInt(6));
      put(task, "replica", row.getString(7));
      put(task, "startedAt", instant(row, 8));
      put(task, "finishedAt", instant(row, 9));
      String result = row.getString(10);
      if (result != null) {
        task.set("result", json.readTree(result));
      }
      if (row.getString(11) != null) {
        ObjectNode error = task.putObject("error");
        error.put("code", row.getString(11));
        put(error, "detail", row.getString(12));
      }
      return new TaskView(row.getLong(13), row.getLong(14), task);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  private static @Nullable String instant(ResultSet row, int column) throws SQLException {
    OffsetDateTime time = row.getObject(column, OffsetDateTime.class);
    return time == null ? null : time.toInstant().toString();
  }

  private static void put(ObjectNode to, String member, @Nullable String value) {
    if (value != null) {
      to.put(member, value);
    }
  }
}
