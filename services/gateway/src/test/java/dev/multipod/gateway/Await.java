package dev.multipod.gateway;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

final class Await {
  private static final Duration LIMIT = Duration.ofSeconds(20);

  private Await() {}

  /// Looks until it is so.
  static void until(String what, BooleanSupplier so) {
    long end = System.nanoTime() + LIMIT.toNanos();
    while (!so.getAsBoolean()) {
      if (System.nanoTime() - end > 0) {
        throw new AssertionError("not within " + LIMIT + ": " + what);
      }
      LockSupport.parkNanos(5_000_000);
    }
  }
}
