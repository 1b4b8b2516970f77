package dev.multipod.crawler.claim;

import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// The tasks that this replica runs now, by token.
final class Running {
  /// Why a run is stopped from outside.
  enum Stop {
    /// Another worker may have it already: whatever it gives is not written.
    LEASE_LOST,
    /// This process ends.
    DRAINED
  }

  /// One run.
  static final class Run {
    final Claim claim;
    private final Thread thread;
    private volatile long renewedAtNanos;
    private volatile @Nullable Stop stop;
    private volatile boolean ending;

    /// @param renewedAtNanos when the lease was asked for; so the lease ends later than counted
    Run(Claim claim, Thread thread, long renewedAtNanos) {
      this.claim = claim;
      this.thread = thread;
      this.renewedAtNanos = renewedAtNanos;
    }

    long renewedAtNanos() {
      return renewedAtNanos;
    }

    void renewed(long atNanos) {
      renewedAtNanos = atNanos;
    }

    /// The work is over and its ending is on the way to the database: a refused renewal may only
    /// mean that it has arrived.
    void ends() {
      ending = true;
    }

    boolean ending() {
      return ending;
    }

    void stop(Stop why) {
      if (stop == null) {
        stop = why;
        thread.interrupt();
      }
    }

    Optional<Stop> stopped() {
      return Optional.ofNullable(stop);
    }
  }

  private final Map<Long, Run> runs = new ConcurrentHashMap<>();

  void add(Run run) {
    runs.put(run.claim.token(), run);
  }

  Run get(Claim claim) {
    return Objects.requireNonNull(runs.get(claim.token()));
  }

  void remove(Claim claim) {
    runs.remove(claim.token());
  }

  Iterable<Run> all() {
    return runs.values();
  }

  int size() {
    return runs.size();
  }
}
