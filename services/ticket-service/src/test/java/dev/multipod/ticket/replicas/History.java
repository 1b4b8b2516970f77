package dev.multipod.ticket.replicas;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.multipod.testkit.PostgresServer;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.IntStream;

/// What must hold after any sale with `mutex`, whatever happened meanwhile: of what buyers heard,
/// and of what the database has.
final class History {
  private record Row(UUID id, String key, long token, int remaining) {}

  private final PostgresServer postgres;
  private final String event;
  private final int stock;
  private final List<Operation> operations;

  History(PostgresServer postgres, String event, int stock, List<Operation> operations) {
    this.postgres = postgres;
    this.event = event;
    this.stock = stock;
    this.operations = operations;
  }

  void check() throws SQLException {
    try (Connection connection = postgres.connect("multipod")) {
      List<Row> orders = orders(connection);
      nothingIsLostOrInvented(connection, orders);
      everyAcknowledgedKeyExistsOnce(orders);
      tokensNeverDecrease(orders);
      remainingIsAPermutation(orders);
      answersAreLinearizable();
      grantsFollowTheQueue(connection);
    }
  }

  /// I1.
  private void nothingIsLostOrInvented(Connection connection, List<Row> orders)
      throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "SELECT sold, remaining FROM tickets.event WHERE name = '" + event + "'")) {
      ResultSet row = statement.executeQuery();
      assertTrue(row.next());
      assertEquals(orders.size(), row.getInt("sold"), "I1: sold is the number of orders");
      assertEquals(stock, row.getInt("sold") + row.getInt("remaining"), "I1: the sum is the stock");
    }
  }

  /// I2.
  private void everyAcknowledgedKeyExistsOnce(List<Row> orders) {
    Map<String, Row> byKey = new HashMap<>();
    for (Row order : orders) {
      assertEquals(null, byKey.put(order.key(), order), "I2: one order for " + order.key());
    }
    for (Operation operation : operations) {
      if (operation.sold()) {
        Row row = byKey.get(operation.key());
        assertTrue(row != null && row.id().equals(operation.order()), "I2: " + operation);
      }
    }
  }

  /// I3; `orders` is in the order of selling.
  private static void tokensNeverDecrease(List<Row> orders) {
    for (int index = 1; index < orders.size(); index++) {
      assertTrue(
          orders.get(index - 1).token() <= orders.get(index).token(),
          "I3: a token decreases at " + orders.get(index));
    }
  }

  /// I4.
  private void remainingIsAPermutation(List<Row> orders) {
    assertEquals(
        IntStream.rangeClosed(1, orders.size()).mapToObj(nth -> stock - nth).toList(),
        orders.stream().map(Row::remaining).toList(),
        "I4: every value once");
  }

  /// I5.
  private void answersAreLinearizable() {
    for (Operation later : operations) {
      if (later.sold()) {
        for (Operation earlier : operations) {
          assertTrue(
              !earlier.sold()
                  || earlier.returned() >= later.invoked()
                  || earlier.remaining() > later.remaining(),
              "I5: " + earlier + " returned before " + later + " began");
        }
      } else {
        long possible = operations.stream().filter(o -> o.invoked() < later.returned()).count();
        assertTrue(possible > stock, "I5: sold out was heard while stock remained: " + later);
      }
    }
  }

  /// I6: who lost its place while it could give no sign of life stood at the end again, so tickets
  /// rise with tokens.
  private void grantsFollowTheQueue(Connection connection) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "SELECT token, ticket FROM tickets.tenure WHERE name = ? ORDER BY token")) {
      statement.setString(1, "event:" + event);
      ResultSet row = statement.executeQuery();
      long token = 0;
      long ticket = 0;
      while (row.next()) {
        assertEquals(token + 1, row.getLong("token"), "I3: every token is used once");
        assertTrue(row.getLong("ticket") > ticket, "I6: grant " + token + " was out of turn");
        token = row.getLong("token");
        ticket = row.getLong("ticket");
      }
    }
  }

  private List<Row> orders(Connection connection) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "SELECT id, key, token, remaining_after FROM tickets.orders WHERE event = ?"
                + " ORDER BY remaining_after DESC")) {
      statement.setString(1, event);
      ResultSet row = statement.executeQuery();
      List<Row> orders = new ArrayList<>();
      while (row.next()) {
        orders.add(
            new Row(
                row.getObject("id", UUID.class),
                row.getString("key"),
                row.getLong("token"),
                row.getInt("remaining_after")));
      }
      return orders;
    }
  }
}
