package dev.multipod.kit.wait;

import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// Tells waiting threads that something changed and is worth another look. A change between the
/// look and the wait is not missed: read [#version] before looking.
public final class Signal {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private long version;

  public long version() {
    lock.lock();
    try {
      return version;
    } finally {
      lock.unlock();
    }
  }

  public void raise() {
    lock.lock();
    try {
      version++;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /// Returns when the version is no longer `seen`, or when the time is over.
  ///
  /// @return whether it changed
  public boolean awaitChange(long seen, Duration atMost) throws InterruptedException {
    long left = atMost.toNanos();
    lock.lock();
    try {
      while (version == seen && left > 0) {
        left = changed.awaitNanos(left);
      }
      return version != seen;
    } finally {
      lock.unlock();
    }
  }
}
