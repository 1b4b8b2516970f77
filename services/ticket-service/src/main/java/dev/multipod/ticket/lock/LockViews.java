package dev.multipod.ticket.lock;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.multipod.ticket.database.Database;
import jakarta.enterprise.context.ApplicationScoped;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// A lock as it is to be looked at; takes no lock. Every method may throw [DatabaseAwayException].
@ApplicationScoped
class LockViews {
  /// One lock now.
  ///
  /// @param token of the newest tenure; 0 before the first
  /// @param expiresIn of the holder's lease; zero when it ran out and nobody asked since
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record LockView(
      String lock,
      boolean held,
      long token,
      @Nullable UUID owner,
      @Nullable String pod,
      @Nullable Duration expiresIn,
      int waiters) {}

  /// One place in the queue.
  record Place(int position, UUID owner, String pod, Instant since) {}

  /// One tenure.
  ///
  /// @param ticket the place in the order of asking
  /// @param how released, expired, left; absent while it lasts
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Tenure(
      long token,
      long ticket,
      UUID owner,
      String pod,
      Instant grantedAt,
      @Nullable Instant endedAt,
      @Nullable String how) {}

  @FunctionalInterface
  private interface Reader<T> {
    T read(ResultSet row) throws SQLException;
  }

  @FunctionalInterface
  private interface Binder {
    void bind(PreparedStatement statement) throws SQLException;
  }

  private final Database database;

  LockViews(Database database) {
    this.database = database;
  }

  Optional<LockView> lock(String name) {
    return list(
            """
            SELECT l.name, l.owner, l.pod, l.token,
                   greatest(0, extract(epoch FROM l.expires_at - clock_timestamp()) * 1000)::bigint AS left_ms,
                   (SELECT count(*) FROM tickets.lkw w WHERE w.name = l.name) AS waiters
              FROM tickets.lk l WHERE l.name = ? LIMIT ?
            """,
            name,
            1,
            LockViews::lock)
        .stream()
        .findFirst();
  }

  private static LockView lock(ResultSet row) throws SQLException {
    UUID owner = row.getObject("owner", UUID.class);
    return new LockView(
        row.getString("name"),
        owner != null,
        row.getLong("token"),
        owner,
        row.getString("pod"),
        owner == null ? null : Duration.ofMillis(row.getLong("left_ms")),
        row.getInt("waiters"));
  }

  /// The queue.
  ///
  /// @return in the order of the queue
  List<Place> waiters(String name, int limit) {
    return list(
        """
        SELECT row_number() OVER (ORDER BY ticket) AS position, owner, pod, since
          FROM tickets.lkw WHERE name = ? ORDER BY ticket LIMIT ?
        """,
        name,
        limit,
        row ->
            new Place(
                row.getInt("position"),
                row.getObject("owner", UUID.class),
                row.getString("pod"),
                row.getTimestamp("since").toInstant()));
  }

  /// The history.
  ///
  /// @return the newest first
  List<Tenure> tenures(String name, int limit) {
    return list(
        "SELECT * FROM tickets.tenure WHERE name = ? ORDER BY token DESC LIMIT ?",
        name,
        limit,
        LockViews::tenure);
  }

  /// A part of the history.
  ///
  /// @return the oldest first
  List<Tenure> tenuresAfter(String name, long token, int limit) {
    return list(
        "SELECT * FROM tickets.tenure WHERE name = ? AND token > ? ORDER BY token LIMIT ?",
        statement -> {
          statement.setString(1, name);
          statement.setLong(2, token);
          statement.setInt(3, limit);
        },
        LockViews::tenure);
  }

  private static Tenure tenure(ResultSet row) throws SQLException {
    Timestamp ended = row.getTimestamp("ended_at");
    return new Tenure(
        row.getLong("token"),
        row.getLong("ticket"),
        row.getObject("owner", UUID.class),
        row.getString("pod"),
        row.getTimestamp("granted_at").toInstant(),
        ended == null ? null : ended.toInstant(),
        row.getString("how"));
  }

  private <T> List<T> list(String sql, String name, int limit, Reader<T> reader) {
    return list(
        sql,
        statement -> {
          statement.setString(1, name);
          statement.setInt(2, limit);
        },
        reader);
  }

  private <T> List<T> list(String sql, Binder binder, Reader<T> reader) {
    return database.call(
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(sql)) {
            binder.bind(statement);
            List<T> found = new ArrayList<>();
            try (ResultSet row = statement.executeQuery()) {
              while (row.next()) {
                found.add(reader.read(row));
              }
            }
            return found;
          }
        });
  }
}
