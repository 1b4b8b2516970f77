package dev.multipod.consumer;

import io.opentelemetry.api.trace.Span;
import java.util.concurrent.locks.ReentrantLock;

/// A lease that has not ended: who holds the item at the broker, and until when. Its lock is held
/// while the broker is asked, so that one of done, release, reject, renew and expiry acts at a
/// time.
final class Holding {
  private final ReentrantLock lock = new ReentrantLock();
  private final Slot slot;
  private final Span span;
  private final long since = System.nanoTime();
  private Lease lease;
  private boolean ended;

  Holding(Lease lease, Slot slot, Span span) {
    this.lease = lease;
    this.slot = slot;
    this.span = span;
  }

  ReentrantLock lock() {
    return lock;
  }

  Slot slot() {
    return slot;
  }

  Span span() {
    return span;
  }

  /// When the item was handed out, as [System#nanoTime].
  long since() {
    return since;
  }

  Lease lease() {
    lock.lock();
    try {
      return lease;
    } finally {
      lock.unlock();
    }
  }

  boolean isEnded() {
    lock.lock();
    try {
      return ended;
    } finally {
      lock.unlock();
    }
  }

  void end() {
    lock.lock();
    try {
      ended = true;
    } finally {
      lock.unlock();
    }
  }

  void renewed(Lease longer) {
    lock.lock();
    try {
      lease = longer;
    } finally {
      lock.unlock();
    }
  }
}
