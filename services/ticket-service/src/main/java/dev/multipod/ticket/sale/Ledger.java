package dev.multipod.ticket.sale;

import dev.multipod.kit.replica.Replica;
import dev.multipod.ticket.database.Database;
import dev.multipod.ticket.lock.Lease;
import dev.multipod.ticket.sale.Sale.KeyReused;
import dev.multipod.ticket.sale.Sale.NoSuchEvent;
import dev.multipod.ticket.sale.Sale.Numbered;
import dev.multipod.ticket.sale.Sale.Sold;
import dev.multipod.ticket.sale.Sale.SoldOut;
import dev.multipod.ticket.sale.Sale.TooManySeats;
import jakarta.enterprise.context.ApplicationScoped;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Reading and writing tickets, one autocommit call each but for `row`. Every method may throw
/// [DatabaseAwayException].
@ApplicationScoped
class Ledger {
  /// What a seller reads before it writes.
  ///
  /// @param revision changes when the event is changed by anything but a sale
  /// @param numbered whether it is sold as `seats` alone
  record Reading(long revision, int remaining, Duration think, boolean numbered) {}

  /// What came of a fenced write.
  sealed interface Written {
    /// It is written, and the lock is the next one's.
    ///
    /// @param sales one for each purchase, in their order
    record Done(List<Sale> sales) implements Written {}

    /// The lock is another's; nothing was written.
    record Fenced() implements Written {}

    /// The event is not as it was read; nothing was written, and the lock is still held.
    record Changed() implements Written {}
  }

  private final Database database;
  private final String pod;

  Ledger(Database database, Replica replica) {
    this.database = database;
    this.pod = replica.name();
  }

  Optional<Reading> read(String event) {
    return database.call(connection -> read(connection, event, ""));
  }

  private static Optional<Reading> read(Connection connection, String event, String locking)
      throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "SELECT revision, remaining, think_ms, numbered FROM tickets.event"
                + " WHERE name = ? AND NOT closing"
                + locking)) {
      statement.setString(1, event);
      try (ResultSet row = statement.executeQuery()) {
        return row.next()
            ? Optional.of(
                new Reading(
                    row.getLong("revision"),
                    row.getInt("remaining"),
                    Duration.ofMillis(row.getLong("think_ms")),
                    row.getBoolean("numbered")))
            : Optional.empty();
      }
    }
  }

  /// Writes what was worked out from `reading`, behind the fence of the lease, and hands the lock
  /// on.
  ///
  /// @param purchases of one event, with different keys
  Written sell(String lock, Lease lease, Reading reading, List<Purchase> purchases) {
    Purchase first = purchases.getFirst();
    return database.call(
        connection -> {
          try (PreparedStatement statement =
              connection.prepareStatement(
                  "SELECT o_index, o_outcome, (o_order).*"
                      + " FROM tickets.sell(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")) {
            statement.setString(1, lock);
            statement.setLong(2, lease.token());
            statement.setObject(3, lease.owner());
            statement.setString(4, first.event());
            statement.setLong(5, reading.revision());
            statement.setInt(6, reading.remaining());
            statement.setString(7, pod);
            statement.setString(8, first.how().word());
            setPurchases(statement, connection, purchases);
            try (ResultSet row = statement.executeQuery()) {
              return written(row, purchases.size());
            }
          }
        });
  }

  private static void setPurchases(
      PreparedStatement statement, Connection connection, List<Purchase> purchases)
      throws SQLException {
    Object[] ids = purchases.stream().map(Purchase::id).toArray();
    Object[] keys = purchases.stream().map(Purchase::key).toArray();
    Object[] prints = purchases.stream().map(Purchase::fingerprint).toArray();
    Object[] buyers = purchases.stream().map(Purchase::buyer).toArray();
    statement.setArray(9, connection.createArrayOf("uuid", ids));
    statement.setArray(10, connection.createArrayOf("text", keys));
    statement.setArray(11, connection.createArrayOf("text", prints));
    statement.setArray(12, connection.createArrayOf("text", buyers));
  }

  private static Written written(ResultSet row, int count) throws SQLException {
    Map<Integer, Sale> byIndex = new HashMap<>();
    while (row.next()) {
      String outcome = row.getString("o_outcome");
      switch (outcome) {
        case "fenced" -> {
          return new Written.Fenced();
        }
        case "changed" -> {
          return new Written.Changed();
        }
        default -> byIndex.put(row.getInt("o_index"), sale(outcome, row));
      }
    }
    List<Sale> sales = new ArrayList<>();
    for (int index = 1; index <= count; index++) {
      Sale sale = byIndex.get(index);
      if (sale == null) {
        throw new IllegalStateException("the sale has no outcome for purchase " + index);
      }
      sales.add(sale);
    }
    return new Written.Done(sales);
  }

  private static Sale sale(String outcome, ResultSet row) throws SQLException {
    return switch (outcome) {
      case "sold" -> new Sold(Orders.order(row), false);
      case "replayed" -> new Sold(Orders.order(row), true);
      case "reused" -> new KeyReused();
      case "sold-out" -> new SoldOut();
      case "no-such-event" -> new NoSuchEvent();
      case "numbered" -> new Numbered();
      case "too-many-seats" -> new TooManySeats();
      default -> throw new IllegalStateException("unknown outcome " + outcome);
    };
  }

  /// Writes what was worked out from `reading`, whatever happened since.
  Sale sellUnprotected(Reading reading, Purchase purchase) {
    return database.call(connection -> sellUnprotected(connection, reading, purchase));
  }

  private Sale sellUnprotected(Connection connection, Reading reading, Purchase purchase)
      throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "SELECT o_outcome, (o_order).* FROM tickets.sell_unprotected(?, ?, ?, ?, ?, ?, ?, ?)")) {
      statement.setString(1, purchase.event());
      statement.setInt(2, reading.remaining());
      statement.setString(3, pod);
      statement.setString(4, purchase.how().word());
      statement.setObject(5, purchase.id());
      statement.setString(6, purchase.key());
      statement.setString(7, purchase.fingerprint());
      statement.setString(8, purchase.buyer());
      return sale(statement);
    }
  }

  /// Reads, thinks and writes in one transaction that has the event's row. It holds a connection
  /// for all of that time, and others wait for the row with theirs: that is what this shows.
  ///
  /// @return empty when the row was not had within `lockWait`; ask again
  Optional<Sale> sellUnderRowLock(Purchase purchase, Duration lockWait) {
    return database.transaction(
        lockWait,
        connection -> {
          Optional<Reading> reading = read(connection, purchase.event(), " FOR NO KEY UPDATE");
          if (reading.isEmpty()) {
            return new NoSuchEvent();
          }
          Database.pause(reading.get().think());
          return sellUnprotected(connection, reading.get(), purchase);
        });
  }

  /// One conditional update.
  Sale sellAtomic(Purchase purchase) {
    return database.call(
        connection -> {
          try (PreparedStatement statement =
              connection.prepareStatement(
                  "SELECT o_outcome, (o_order).* FROM tickets.sell_atomic(?, ?, ?, ?, ?, ?)")) {
            setPurchase(statement, purchase);
            return sale(statement);
          }
        });
  }

  /// Any free seat.
  ///
  /// @param most how many tickets of one event may get numbers
  /// @return empty when all free seats are being taken by others at this moment; ask again
  Optional<Sale> sellSeat(Purchase purchase, int most) {
    return database.call(
        connection -> {
          try (PreparedStatement statement =
              connection.prepareStatement(
                  "SELECT o_outcome, (o_order).* FROM tickets.sell_seat(?, ?, ?, ?, ?, ?, ?)")) {
            setPurchase(statement, purchase);
            statement.setInt(7, most);
            try (ResultSet row = statement.executeQuery()) {
              row.next();
              String outcome = row.getString("o_outcome");
              return outcome.equals("busy") ? Optional.empty() : Optional.of(sale(outcome, row));
            }
          }
        });
  }

  private void setPurchase(PreparedStatement statement, Purchase purchase) throws SQLException {
    statement.setString(1, purchase.event());
    statement.setString(2, pod);
    statement.setObject(3, purchase.id());
    statement.setString(4, purchase.key());
    statement.setString(5, purchase.fingerprint());
    statement.setString(6, purchase.buyer());
  }

  private static Sale sale(PreparedStatement statement) throws SQLException {
    try (ResultSet row = statement.executeQuery()) {
      row.next();
      return sale(row.getString("o_outcome"), row);
    }
  }
}
