package dev.multipod.local;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;

/// How often something may be started again: five times in a minute, each time after a longer
/// pause.
final class RestartBudget {
  static final int LIMIT = 5;
  static final Duration WINDOW = Duration.ofMinutes(1);
  private static final Duration FIRST_PAUSE = Duration.ofMillis(200);

  private final Deque<Long> deaths = new ArrayDeque<>();

  /// Counts a death.
  ///
  /// @param now `System.nanoTime()`
  /// @return how long to wait before the next start; empty when the budget is spent
  Optional<Duration> died(long now) {
    while (!deaths.isEmpty() && now - deaths.getFirst() > WINDOW.toNanos()) {
      deaths.removeFirst();
    }
    deaths.addLast(now);
    return deaths.size() > LIMIT
        ? Optional.empty()
        : Optional.of(FIRST_PAUSE.multipliedBy(1L << (deaths.size() - 1)));
  }
}
