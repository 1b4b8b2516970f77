package dev.multipod.producer;

import java.time.Duration;
import java.util.function.BooleanSupplier;

/// How long a caller waits for a place, and whether it is still there.
///
/// @param deadline as [System#nanoTime]
/// @param gone whether the caller has closed its connection
record Patience(long deadline, BooleanSupplier gone) {
  Duration left() {
    return Duration.ofNanos(Math.max(0, deadline - System.nanoTime()));
  }
}
