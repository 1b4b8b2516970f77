package dev.multipod.ssh.connect;

import dev.multipod.kit.problem.Problem;
import dev.multipod.ssh.SshSettings;
import dev.multipod.ssh.target.Target;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// The connections to one target: an unused one first, then a new one while there may be more, then
/// the one with the fewest channels.
final class Pool {
  private final Target target;
  private final SshSettings.Pool settings;
  private final Dialer dialer;
  private final Breaker breaker;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final List<PooledConnection> connections = new ArrayList<>();
  private int dialling;
  private boolean retired;

  Pool(Target target, SshSettings settings, Dialer dialer) {
    this.target = target;
    this.settings = settings.pool();
    this.dialer = dialer;
    this.breaker = new Breaker(settings.connect().authFailures(), settings.connect().authPause());
  }

  Target target() {
    return target;
  }

  boolean loginsPaused() {
    return breaker.open();
  }

  int size() {
    lock.lock();
    try {
      return connections.size();
    } finally {
      lock.unlock();
    }
  }

  /// A place on a connection that was alive a moment ago.
  ///
  /// @throws Problem 503 `connections-busy`, or why no connection could be made
  Lease acquire() throws InterruptedException {
    long deadline = System.nanoTime() + settings.maxWait().toNanos();
    lock.lock();
    try {
      while (true) {
        connections.removeIf(PooledConnection::dead);
        PooledConnection best =
            connections.stream()
                .filter(connection -> connection.channels() < settings.channels())
                .min(Comparator.comparingInt(PooledConnection::channels))
                .orElse(null);
        if (best != null && (best.channels() == 0 || !mayDial())) {
          return lease(best);
        }
        if (mayDial()) {
          return lease(dial());
        }
        long left = deadline - System.nanoTime();
        if (left <= 0) {
          throw full();
        }
        boolean _ = changed.await(left, TimeUnit.NANOSECONDS);
      }
    } finally {
      lock.unlock();
    }
  }

  /// One login at a time until one went well: a wrong password is then refused once, not four
  /// times.
  private boolean mayDial() {
    return connections.size() + dialling < settings.connections()
        && (dialling == 0 || breaker.trusted());
  }

  private PooledConnection dial() {
    dialling++;
    lock.unlock();
    Dialer.Connected connected;
    try {
      connected = dialer.dial(target, breaker);
    } finally {
      lock.lock();
      dialling--;
      changed.signalAll();
    }
    PooledConnection connection = new PooledConnection(connected);
    connections.add(connection);
    if (retired) {
      connection.retire();
    }
    return connection;
  }

  private Lease lease(PooledConnection connection) {
    connection.taken();
    return new Lease(connection, () -> spoiled(connection), () -> released(connection));
  }

  private void spoiled(PooledConnection connection) {
    lock.lock();
    try {
      connection.retire();
      connections.removeIf(PooledConnection::dead);
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void released(PooledConnection connection) {
    lock.lock();
    try {
      connection.released();
      connections.removeIf(PooledConnection::dead);
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /// Closes what nobody used for a while.
  void sweep() {
    lock.lock();
    try {
      connections.forEach(connection -> connection.closeIfIdle(settings.idle()));
      connections.removeIf(PooledConnection::dead);
    } finally {
      lock.unlock();
    }
  }

  /// No new channels; each connection closes with its last one.
  void retire() {
    lock.lock();
    try {
      retired = true;
      connections.forEach(PooledConnection::retire);
      connections.removeIf(PooledConnection::dead);
    } finally {
      lock.unlock();
    }
  }

  private Problem full() {
    return Problem.of(
            503,
            "connections-busy",
            "All connections to the target are in use",
            "Retry later, cancel what runs there, or raise multipod.ssh.pool.connections or the"
                + " number of replicas.")
        .with("target", target.name())
        .with("limit", settings.connections() * settings.channels())
        .retryAfter(Duration.ofSeconds(1));
  }
}
