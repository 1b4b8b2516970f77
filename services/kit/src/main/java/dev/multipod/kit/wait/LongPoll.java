package dev.multipod.kit.wait;

import dev.multipod.kit.problem.Problem;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;

/// Lets a caller wait for something, bounded in time and in callers. Call it on a virtual thread
/// (`@RunOnVirtualThread`): a wait then holds neither a platform thread nor a connection.
@ApplicationScoped
public class LongPoll {
  private final WaitLimits limits;
  private final Semaphore places;
  private final Counter refused;

  LongPoll(WaitLimits limits, MeterRegistry metrics) {
    this.limits = limits;
    this.places = new Semaphore(limits.callers());
    metrics.gauge(
        "multipod.wait.callers", places, free -> limits.callers() - free.availablePermits());
    this.refused = metrics.counter("multipod.wait.refused");
  }

  /// The time a caller will really be let wait: what was asked for, at most the limit.
  public Duration bounded(Duration asked) {
    return asked.compareTo(limits.max()) > 0 ? limits.max() : asked;
  }

  /// Looks, and looks again after every change of `signal` and every `recheck` at the latest, until
  /// there is an answer or `timeout` (bounded) is over. It looks at least once.
  ///
  /// @throws Problem 503 `too-many-waiters`
  public <T> Optional<T> await(
      Signal signal, Duration timeout, Duration recheck, Supplier<Optional<T>> look)
      throws InterruptedException {
    long seen = signal.version();
    Optional<T> found = look.get();
    if (found.isPresent() || timeout.isZero()) {
      return found;
    }
    if (!places.tryAcquire()) {
      refused.increment();
      throw Problem.of(
              503,
              "too-many-waiters",
              "Too many callers wait here already",
              "Retry later, or raise multipod.wait.callers or the number of replicas.")
          .with("limit", limits.callers())
          .retryAfter(Duration.ofSeconds(1));
    }
    try {
      long deadline = System.nanoTime() + bounded(timeout).toNanos();
      while (true) {
        long left = deadline - System.nanoTime();
        if (left <= 0) {
          return found;
        }
        signal.awaitChange(seen, Duration.ofNanos(Math.min(left, recheck.toNanos())));
        seen = signal.version();
        found = look.get();
        if (found.isPresent()) {
          return found;
        }
      }
    } finally {
      places.release();
    }
  }
}
