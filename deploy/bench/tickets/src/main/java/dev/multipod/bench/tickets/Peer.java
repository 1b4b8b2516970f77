package dev.multipod.bench.tickets;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import org.redisson.Redisson;
import org.redisson.api.RLock;
import org.redisson.api.RedissonClient;
import org.redisson.config.Config;

/// One process of buyers who sell to themselves, each with a connection of its own: read, write,
/// insert, commit, under a lock of one of four kinds. It warms up, says `ready`, waits for a line,
/// and prints what each buyer got.
///
/// Usage: `Peer KIND JDBC-URL USER PASSWORD REDIS-PORT BUYERS SECONDS`.
final class Peer {
  private static final String EVENT = "e";
  private static final int WARM_UP_SECONDS = 4;

  /// Runs the sale under a lock.
  private interface Guard {
    void sell(Connection connection, Callable<Void> sale) throws Exception;
  }

  private final Guard guard;
  private final boolean rowLock;

  private Peer(String kind, Guard guard) {
    this.guard = guard;
    this.rowLock = kind.equals("for-update");
  }

  public static void main(String[] arguments) throws Exception {
    String kind = arguments[0];
    int buyers = Integer.parseInt(arguments[5]);
    long seconds = Long.parseLong(arguments[6]);
    Guard guard =
        switch (kind) {
          case "rlock" -> locked(redis(arguments[4]).getLock("lock"));
          case "rfenced" -> locked(redis(arguments[4]).getFencedLock("lock"));
          case "advisory" -> Peer::advisory;
          case "for-update" -> (_, sale) -> sale.call();
          default -> throw new IllegalArgumentException(kind);
        };
    Peer peer = new Peer(kind, guard);
    try (ExecutorService threads = Executors.newFixedThreadPool(buyers)) {
      List<Connection> connections = new ArrayList<>();
      for (int buyer = 0; buyer < buyers; buyer++) {
        Connection connection =
            DriverManager.getConnection(arguments[1], arguments[2], arguments[3]);
        connection.setAutoCommit(false);
        connections.add(connection);
      }
      peer.buy(threads, connections, WARM_UP_SECONDS);
      System.out.println("ready");
      System.in.read();
      System.out.println(
          "sold "
              + peer.buy(threads, connections, seconds).stream()
                  .map(String::valueOf)
                  .collect(Collectors.joining(" ")));
    }
    System.exit(0);
  }

  /// Lets all buy for so long.
  ///
  /// @return what each got
  private List<Integer> buy(ExecutorService threads, List<Connection> connections, long seconds)
      throws InterruptedException, ExecutionException {
    long end = System.nanoTime() + seconds * 1_000_000_000L;
    List<Future<Integer>> sold = new ArrayList<>();
    for (Connection connection : connections) {
      sold.add(threads.submit(() -> buy(connection, end)));
    }
    List<Integer> counts = new ArrayList<>();
    for (Future<Integer> each : sold) {
      counts.add(each.get());
    }
    return counts;
  }

  private static RedissonClient redis(String port) {
    Config config = new Config();
    config.useSingleServer().setAddress("redis://127.0.0.1:" + port);
    return Redisson.create(config);
  }

  private static Guard locked(RLock lock) {
    return (_, sale) -> {
      lock.lock();
      try {
        sale.call();
      } finally {
        lock.unlock();
      }
    };
  }

  private static void advisory(Connection connection, Callable<Void> sale) throws Exception {
    try (Statement statement = connection.createStatement()) {
      statement.execute("SELECT pg_advisory_xact_lock(1)");
    }
    sale.call();
  }

  private int buy(Connection connection, long end) throws Exception {
    int count = 0;
    while (System.nanoTime() < end) {
      guard.sell(
          connection,
          () -> {
            sale(connection);
            return null;
          });
      count++;
    }
    return count;
  }

  private void sale(Connection connection) throws SQLException {
    int remaining;
    try (PreparedStatement read =
        connection.prepareStatement(
            "SELECT remaining FROM peer.event WHERE name = ?" + (rowLock ? " FOR UPDATE" : ""))) {
      read.setString(1, EVENT);
      try (ResultSet row = read.executeQuery()) {
        row.next();
        remaining = row.getInt(1);
      }
    }
    try (PreparedStatement write =
        connection.prepareStatement("UPDATE peer.event SET remaining = ? WHERE name = ?")) {
      write.setInt(1, remaining - 1);
      write.setString(2, EVENT);
      write.executeUpdate();
    }
    try (PreparedStatement insert =
        connection.prepareStatement("INSERT INTO peer.orders VALUES (?, ?, ?)")) {
      insert.setObject(1, UUID.randomUUID());
      insert.setString(2, EVENT);
      insert.setInt(3, remaining - 1);
      insert.executeUpdate();
    }
    connection.commit();
  }
}
