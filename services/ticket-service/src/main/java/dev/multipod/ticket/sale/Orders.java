package dev.multipod.ticket.sale;

import dev.multipod.ticket.database.Database;
import jakarta.enterprise.context.ApplicationScoped;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/// Orders, to be looked at. Every method may throw [DatabaseAwayException].
@ApplicationScoped
class Orders {
  private final Database database;

  Orders(Database database) {
    this.database = database;
  }

  Optional<Order> find(UUID id) {
    return database.call(
        connection -> {
          try (PreparedStatement statement =
              connection.prepareStatement("SELECT * FROM tickets.orders WHERE id = ?")) {
            statement.setObject(1, id);
            try (ResultSet row = statement.executeQuery()) {
              return row.next() ? Optional.of(order(row)) : Optional.empty();
            }
          }
        });
  }

  /// An event's orders, in the order of their numbers. An order that is committed late can have a
  /// lower number than one that was listed already.
  ///
  /// @param after the number to go on after
  List<Order> of(String event, long after, int limit) {
    return database.call(
        connection -> {
          try (PreparedStatement statement =
              connection.prepareStatement(
                  "SELECT * FROM tickets.orders WHERE event COLLATE \"C\" = ? AND number > ?"
                      + " ORDER BY number LIMIT ?")) {
            statement.setString(1, event);
            statement.setLong(2, after);
            statement.setInt(3, limit);
            List<Order> found = new ArrayList<>();
            try (ResultSet row = statement.executeQuery()) {
              while (row.next()) {
                found.add(order(row));
              }
            }
            return found;
          }
        });
  }

  static Order order(ResultSet row) throws SQLException {
    return new Order(
        row.getObject("id", UUID.class),
        row.getString("event"),
        row.getString("buyer"),
        row.getString("strategy"),
        row.getObject("token", Long.class),
        row.getObject("remaining_after", Integer.class),
        row.getObject("seat", Integer.class),
        row.getLong("number"),
        row.getString("pod"),
        row.getTimestamp("at").toInstant());
  }
}
