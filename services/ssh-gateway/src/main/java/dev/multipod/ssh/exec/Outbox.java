package dev.multipod.ssh.exec;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Between the threads that read a command's output and the one that writes it to the caller.
/// Bounded: a caller who reads slowly slows the command down, through the channel's window.
final class Outbox {
  private static final int PLACES = 16;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final ArrayDeque<Event.Output> outputs = new ArrayDeque<>();
  private @Nullable Event last;
  private boolean abandoned;

  /// Waits for a place.
  ///
  /// @return whether anybody will still read it
  boolean put(Event.Output output) throws InterruptedException {
    lock.lock();
    try {
      while (outputs.size() >= PLACES && !abandoned && last == null) {
        changed.await();
      }
      if (abandoned || last != null) {
        return false;
      }
      outputs.add(output);
      changed.signalAll();
      return true;
    } finally {
      lock.unlock();
    }
  }

  /// Says how it ended. Only the first word counts.
  void end(Event event) {
    lock.lock();
    try {
      if (last == null) {
        last = event;
        changed.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  /// Nobody reads any more: what comes is dropped, so that the command is not held up.
  void abandon() {
    lock.lock();
    try {
      abandoned = true;
      outputs.clear();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /// The next event, if one comes in that time; the last one is given again and again.
  Optional<Event> take(Duration within) throws InterruptedException {
    long left = within.toNanos();
    lock.lock();
    try {
      while (true) {
        Event.@Nullable Output next = outputs.poll();
        if (next != null) {
          changed.signalAll();
          return Optional.of(next);
        }
        if (last != null) {
          return Optional.of(last);
        }
        if (left <= 0) {
          return Optional.empty();
        }
        left = changed.awaitNanos(left);
      }
    } finally {
      lock.unlock();
    }
  }
}
