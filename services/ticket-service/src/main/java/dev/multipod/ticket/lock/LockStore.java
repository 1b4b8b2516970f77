package dev.multipod.ticket.lock;

import dev.multipod.kit.replica.Replica;
import dev.multipod.ticket.database.Database;
import dev.multipod.ticket.lock.Acquired.Full;
import dev.multipod.ticket.lock.Acquired.Granted;
import dev.multipod.ticket.lock.Acquired.Waiting;
import jakarta.enterprise.context.ApplicationScoped;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.OptionalLong;
import java.util.UUID;

/// The lock's functions in the database, one autocommit call each. Every method may throw
/// [DatabaseAwayException].
@ApplicationScoped
class LockStore {
  /// Who waits for what, or holds what.
  record Claim(String lock, UUID owner) {}

  /// What a poll found.
  ///
  /// @param due waiters who should ask again: granted, or without a place
  /// @param takenOver how many leases had run out
  record Found(List<Claim> due, int takenOver) {}

  private final Database database;
  private final LockSettings settings;
  private final String pod;

  LockStore(Database database, LockSettings settings, Replica replica) {
    this.database = database;
    this.settings = settings;
    this.pod = replica.name();
  }

  /// Asks for a lock, or keeps the place in its queue.
  ///
  /// @param queue whether to take a place when it is not free
  /// @param told whether the token leaves this service; only then does a grant wait for the disk
  Acquired acquire(Claim claim, Duration ttl, boolean queue, boolean told) {
    return database.call(
        connection -> {
          try (PreparedStatement statement =
              connection.prepareStatement(
                  "SELECT * FROM tickets.acquire(?, ?, ?, ?, ?, ?, ?, ?)")) {
            statement.setString(1, claim.lock());
            statement.setObject(2, claim.owner());
            statement.setString(3, pod);
            statement.setLong(4, ttl.toMillis());
            statement.setLong(5, settings.keepPlace().toMillis());
            statement.setInt(6, settings.maxWaiters());
            statement.setBoolean(7, queue);
            statement.setBoolean(8, told);
            long askedAt = System.nanoTime();
            try (ResultSet row = statement.executeQuery()) {
              row.next();
              return acquired(row, askedAt);
            }
          }
        });
  }

  private static Acquired acquired(ResultSet row, long askedAt) throws SQLException {
    String outcome = row.getString("o_outcome");
    Duration left = Duration.ofMillis(row.getLong("o_left_ms"));
    return switch (outcome) {
      case "granted", "held" ->
          new Granted(
              row.getLong("o_token"),
              left,
              outcome.equals("held"),
              row.getBoolean("o_took_over"),
              askedAt);
      case "full" -> new Full();
      default ->
          new Waiting(
              row.getObject("o_holder", UUID.class),
              row.getString("o_holder_pod"),
              row.getInt("o_position"),
              left);
    };
  }

  /// Extends a lease from now.
  ///
  /// @return false when the lease is no longer this owner's
  boolean renew(Claim claim, long token, Duration ttl) {
    return database.call(
        connection -> {
          try (PreparedStatement statement =
              connection.prepareStatement("SELECT tickets.renew(?, ?, ?, ?)")) {
            statement.setString(1, claim.lock());
            statement.setLong(2, token);
            statement.setObject(3, claim.owner());
            statement.setLong(4, ttl.toMillis());
            try (ResultSet row = statement.executeQuery()) {
              row.next();
              return row.getBoolean(1);
            }
          }
        });
  }

  /// Ends a tenure and grants the next.
  ///
  /// @return for how many milliseconds it was held; empty when it is no longer this owner's
  OptionalLong release(Claim claim, long token) {
    return database.call(
        connection -> {
          try (PreparedStatement statement =
              connection.prepareStatement("SELECT tickets.release(?, ?, ?)")) {
            statement.setString(1, claim.lock());
            statement.setLong(2, token);
            statement.setObject(3, claim.owner());
            try (ResultSet row = statement.executeQuery()) {
              row.next();
              long held = row.getLong(1);
              return row.wasNull() ? OptionalLong.empty() : OptionalLong.of(held);
            }
          }
        });
  }

  void leave(Claim claim) {
    database.call(
        connection -> {
          try (PreparedStatement statement =
              connection.prepareStatement("SELECT tickets.leave(?, ?)")) {
            statement.setString(1, claim.lock());
            statement.setObject(2, claim.owner());
            return statement.execute();
          }
        });
  }

  void keepPlaces(List<Claim> waiters) {
    database.urgently(
        connection -> {
          try (PreparedStatement statement =
              connection.prepareStatement("SELECT tickets.keep_places(?, ?, ?)")) {
            setClaims(statement, connection, waiters);
            statement.setLong(3, settings.keepPlace().toMillis());
            return statement.execute();
          }
        });
  }

  Found look(List<Claim> waiters) {
    return database.urgently(
        connection -> {
          try (PreparedStatement statement =
              connection.prepareStatement("SELECT * FROM tickets.look(?, ?)")) {
            setClaims(statement, connection, waiters);
            List<Claim> due = new ArrayList<>();
            int takenOver = 0;
            try (ResultSet row = statement.executeQuery()) {
              while (row.next()) {
                takenOver += row.getInt("o_taken_over");
                String lock = row.getString("o_name");
                if (lock != null) {
                  due.add(new Claim(lock, row.getObject("o_owner", UUID.class)));
                }
              }
            }
            return new Found(due, takenOver);
          }
        });
  }

  private static void setClaims(
      PreparedStatement statement, Connection connection, List<Claim> claims) throws SQLException {
    Array names =
        connection.createArrayOf("text", claims.stream().map(Claim::lock).toArray(String[]::new));
    Array owners =
        connection.createArrayOf("uuid", claims.stream().map(Claim::owner).toArray(UUID[]::new));
    statement.setArray(1, names);
    statement.setArray(2, owners);
  }

  /// The channel on which this process hears of grants; the same rule as `tickets.channel`.
  String channel() {
    return "tickets_" + md5(pod);
  }

  private static String md5(String text) {
    try {
      byte[] digest =
          MessageDigest.getInstance("MD5").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
