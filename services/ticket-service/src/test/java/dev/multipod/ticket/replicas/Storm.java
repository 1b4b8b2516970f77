package dev.multipod.ticket.replicas;

import dev.multipod.testkit.Await;
import dev.multipod.testkit.FaultyProxy;
import dev.multipod.testkit.PostgresServer;
import dev.multipod.testkit.ServiceProcess;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/// One fault after the other, in an order that a seed decides; each begins while tickets are sold
/// and is over before the next begins, and whatever was killed runs again.
final class Storm {
  private enum Fault {
    /// The connections that carry notices of grants, alone.
    DROPPED_LISTENERS(10),
    /// Every connection of a replica to the database, orderly.
    CUT(10),
    /// The same with a reset.
    RESET(10),
    /// A reset after so many bytes: commits whose answers are lost, among others.
    LOST_ANSWERS(10),
    SLOW_NETWORK(5),
    /// A network that swallows everything for longer than a call may take.
    SILENT_NETWORK(2),
    /// SIGSTOP of the holder for longer than its lease.
    SLEEPING_HOLDER(6),
    KILLED_HOLDER(3),
    /// Of the replica that waits first.
    KILLED_WAITER(3),
    KILLED_REPLICAS(1),
    KILLED_DATABASE(3);

    private final int share;

    Fault(int share) {
      this.share = share;
    }
  }

  /// For the next sale to begin.
  private static final Duration TURN = Duration.ofMinutes(2);

  private final BooleanSupplier selling;
  private final PostgresServer postgres;
  private final List<ServiceProcess> replicas;
  private final List<FaultyProxy> proxies;
  private final Duration lease;
  private final Random random;
  private final Map<Fault, Integer> injected = new EnumMap<>(Fault.class);

  /// @param selling whether tickets are sold now
  Storm(
      BooleanSupplier selling,
      PostgresServer postgres,
      List<ServiceProcess> replicas,
      List<FaultyProxy> proxies,
      Duration lease,
      Random random) {
    this.selling = selling;
    this.postgres = postgres;
    this.replicas = replicas;
    this.proxies = proxies;
    this.lease = lease;
    this.random = random;
  }

  /// Injects so many faults.
  void blow(int faults) {
    List<Fault> order = new ArrayList<>();
    while (order.size() < faults) {
      List<Fault> some = new ArrayList<>();
      for (Fault fault : Fault.values()) {
        some.addAll(Collections.nCopies(fault.share, fault));
      }
      Collections.shuffle(some, random);
      order.addAll(some);
    }
    for (Fault fault : order.subList(0, faults)) {
      pause(Duration.ofMillis(random.nextInt(150)));
      Await.until("tickets are sold", TURN, selling::getAsBoolean);
      inject(fault);
      injected.merge(fault, 1, Integer::sum);
    }
  }

  /// How many there were.
  int faults() {
    return injected.values().stream().mapToInt(Integer::intValue).sum();
  }

  @Override
  public String toString() {
    return injected.toString();
  }

  private void inject(Fault fault) {
    FaultyProxy proxy = proxies.get(random.nextInt(proxies.size()));
    switch (fault) {
      case DROPPED_LISTENERS ->
          text(
              "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                  + " WHERE application_name LIKE 'tickets\\_%'");
      case CUT -> proxy.cut();
      case RESET -> proxy.reset();
      case LOST_ANSWERS -> {
        proxy.resetAfter(100 + random.nextInt(8_000));
        pause(Duration.ofMillis(400));
        proxy.heal();
      }
      case SLOW_NETWORK -> {
        proxy.delay(Duration.ofMillis(20 + random.nextInt(150)));
        pause(Duration.ofMillis(500));
        proxy.heal();
      }
      case SILENT_NETWORK -> {
        proxy.blackHole();
        pause(Duration.ofMillis(2_500));
        proxy.heal();
      }
      case SLEEPING_HOLDER -> {
        ServiceProcess holder = holder();
        holder.pause();
        pause(lease.plusMillis(random.nextInt(700)));
        holder.resume();
      }
      case KILLED_HOLDER -> {
        ServiceProcess holder = holder();
        holder.kill();
        holder.restart();
      }
      case KILLED_WAITER -> {
        ServiceProcess waiter = replica("SELECT pod FROM tickets.lkw ORDER BY ticket LIMIT 1");
        waiter.kill();
        waiter.restart();
      }
      case KILLED_REPLICAS -> {
        replicas.forEach(ServiceProcess::kill);
        replicas.parallelStream().forEach(ServiceProcess::restart);
      }
      case KILLED_DATABASE -> {
        postgres.kill();
        pause(Duration.ofMillis(random.nextInt(1_000)));
        postgres.restart();
      }
    }
  }

  /// The replica that sells now, or any.
  private ServiceProcess holder() {
    return replica(
        "SELECT pod FROM tickets.lk WHERE owner IS NOT NULL ORDER BY expires_at DESC LIMIT 1");
  }

  /// The replica that a query names, or any.
  private ServiceProcess replica(String sql) {
    String pod = text(sql);
    return replicas.stream()
        .filter(replica -> replica.name().equals(pod))
        .findFirst()
        .orElseGet(() -> replicas.get(random.nextInt(replicas.size())));
  }

  private String text(String sql) {
    try (Connection connection = postgres.connect("multipod");
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      String found = row.next() ? row.getString(1) : null;
      return found == null ? "" : found;
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /// The pace of the storm; nothing is waited for.
  private static void pause(Duration time) {
    long end = System.nanoTime() + time.toNanos();
    for (long left = time.toNanos(); left > 0; left = end - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }
}
