package dev.multipod.consumer;

import io.opentelemetry.api.trace.Span;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/// A lease that has not ended: who holds its items at the broker, and until when. Its lock is held
/// while the broker is asked, so that one of done, release, reject, renew and expiry acts at a
/// time.
final class Holding {
  private final ReentrantLock lock = new ReentrantLock();
  private final Slot slot;
  private final Map<Integer, Span> spans;
  private final long since = System.nanoTime();
  private final Instant at = Instant.now();
  private final String by = Taker.name();
  private volatile Lease lease;

  /// A lease that begins.
  ///
  /// @param spans of its items, by their numbers
  Holding(Lease lease, Slot slot, Map<Integer, Span> spans) {
    this.lease = lease;
    this.slot = slot;
    this.spans = new ConcurrentHashMap<>(spans);
  }

  ReentrantLock lock() {
    return lock;
  }

  Slot slot() {
    return slot;
  }

  Span span(LeasedItem item) {
    return spans.getOrDefault(item.number(), Span.getInvalid());
  }

  /// When the items were handed out, as [System#nanoTime].
  long since() {
    return since;
  }

  /// The same on the clock.
  Instant at() {
    return at;
  }

  /// Who took it: a loop, or `http`.
  String by() {
    return by;
  }

  /// The lease with the items that are left.
  Lease lease() {
    return lease;
  }

  boolean isEnded() {
    return lease.items().isEmpty();
  }

  /// Whoever calls has the lock.
  void end(List<LeasedItem> items) {
    lease = lease.without(items);
    items.forEach(item -> spans.remove(item.number()));
  }

  /// Whoever calls has the lock.
  void renewed(Lease longer) {
    lease = longer;
  }
}
