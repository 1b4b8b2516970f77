package dev.multipod.ticket.sale;

import dev.multipod.ticket.database.Database;
import jakarta.enterprise.context.ApplicationScoped;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jboss.logging.Logger;

/// Events: what there is to sell. Every method may throw [DatabaseAwayException].
@ApplicationScoped
class Events {
  /// An event now.
  ///
  /// @param stock how many tickets there are to sell
  /// @param remaining what the sellers wrote last
  /// @param sold how many orders there are
  /// @param oversold how many of them there is no ticket for
  /// @param think how long a sale thinks between reading and writing
  record EventView(
      String event, int stock, int remaining, int sold, int oversold, Duration think) {}

  /// What became of a PUT.
  enum Change {
    CREATED,
    CHANGED,
    UNCHANGED,
    /// More is sold than the new stock has.
    BELOW_SOLD,
    /// It is being taken down.
    CLOSING
  }

  private static final Logger LOG = Logger.getLogger(Events.class);

  /// Rows that one step of a deletion takes: a step is soon over.
  private static final int STEP = 2_000;

  private static final String SELECT =
      """
      SELECT e.name, e.stock, e.think_ms,
             e.remaining + (SELECT count(*) FROM tickets.seat s WHERE s.event = e.name AND NOT s.taken) AS all_remaining,
             e.sold + (SELECT count(*) FROM tickets.seat s WHERE s.event = e.name AND s.taken) AS all_sold
        FROM tickets.event e WHERE NOT e.closing""";

  private final Database database;

  Events(Database database) {
    this.database = database;
  }

  Change put(String event, int stock, Duration think) {
    return database.call(
        connection -> {
          try (PreparedStatement statement =
              connection.prepareStatement("SELECT tickets.put_event(?, ?, ?)")) {
            statement.setString(1, event);
            statement.setInt(2, stock);
            statement.setLong(3, think.toMillis());
            try (ResultSet row = statement.executeQuery()) {
              row.next();
              return switch (row.getString(1)) {
                case "created" -> Change.CREATED;
                case "changed" -> Change.CHANGED;
                case "unchanged" -> Change.UNCHANGED;
                case "closing" -> Change.CLOSING;
                default -> Change.BELOW_SOLD;
              };
            }
          }
        });
  }

  /// Takes no lock.
  Optional<EventView> find(String event) {
    return list(" AND name = ?", event, 1).stream().findFirst();
  }

  /// Events in the order of their names.
  ///
  /// @param after the name to go on after; empty for the first
  List<EventView> list(String after, int limit) {
    return list(" AND name > ?", after, limit);
  }

  private List<EventView> list(String which, String name, int limit) {
    return database.call(
        connection -> {
          try (PreparedStatement statement =
              connection.prepareStatement(SELECT + which + " ORDER BY name LIMIT ?")) {
            statement.setString(1, name);
            statement.setInt(2, limit);
            List<EventView> found = new ArrayList<>();
            try (ResultSet row = statement.executeQuery()) {
              while (row.next()) {
                found.add(view(row));
              }
            }
            return found;
          }
        });
  }

  private static EventView view(ResultSet row) throws SQLException {
    int stock = row.getInt("stock");
    int sold = row.getInt("all_sold");
    return new EventView(
        row.getString("name"),
        stock,
        row.getInt("all_remaining"),
        sold,
        Math.max(0, sold - stock),
        Duration.ofMillis(row.getLong("think_ms")));
  }

  /// Takes an event down, with its orders, in steps; from the first one on nobody finds it. May be
  /// repeated, and goes on where an interrupted one ended.
  void delete(String event) {
    while (!database.call(connection -> closed(connection, event))) {
      LOG.debugf("event=closing name=%s", event);
    }
  }

  private static boolean closed(Connection connection, String event) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement("SELECT tickets.close_event(?, ?)")) {
      statement.setString(1, event);
      statement.setInt(2, STEP);
      try (ResultSet row = statement.executeQuery()) {
        row.next();
        return row.getString(1).equals("gone");
      }
    }
  }
}
