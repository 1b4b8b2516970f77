package dev.multipod.testkit;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/// Waits for a condition of another process, which cannot signal us.
public final class Await {
  private static final long STEP = TimeUnit.MILLISECONDS.toNanos(20);

  private Await() {}

  /// Asks until the answer is yes; an exception is a no.
  ///
  /// @throws AssertionError when the time is over, with what was waited for
  public static void until(String what, Duration within, Callable<Boolean> condition) {
    until(() -> what, within, condition);
  }

  /// As above, with a description made only when the time is over.
  public static void until(Supplier<String> what, Duration within, Callable<Boolean> condition) {
    long deadline = System.nanoTime() + within.toNanos();
    Exception last = null;
    do {
      try {
        if (condition.call()) {
          return;
        }
        last = null;
      } catch (Exception e) {
        last = e;
      }
      LockSupport.parkNanos(STEP);
      if (Thread.currentThread().isInterrupted()) {
        throw new AssertionError("interrupted while waiting for " + what.get(), last);
      }
    } while (System.nanoTime() < deadline);
    throw new AssertionError("not within " + within + ": " + what.get(), last);
  }
}
