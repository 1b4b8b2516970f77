package dev.multipod.ticket.replicas;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// What one buyer did and heard. Times are `System.nanoTime()` of the test.
///
/// @param invoked when it asked first
/// @param askedLast when it sent the try that was answered
/// @param returned when the answer was there
/// @param order the ticket, or null for sold out
record Operation(
    String key, long invoked, long askedLast, long returned, @Nullable UUID order, int remaining) {
  boolean sold() {
    return order != null;
  }
}
