package dev.multipod.kit.stream;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// What happened, numbered from 1, for any number of followers. The last `most` events are kept;
/// who is slower than that is told how many it missed.
///
/// @param <E> an event
public final class Feed<E> {
  /// An event and its number.
  public record Told<E>(long number, E event) {}

  /// What a follower has not seen yet.
  ///
  /// @param missed events before these that are not kept any more
  /// @param ended whether nothing comes after these
  public record Page<E>(List<Told<E>> events, long missed, boolean ended) {}

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Deque<Told<E>> kept = new ArrayDeque<>();
  private final int most;
  private long last;
  private boolean ended;

  /// @param most how many events are kept
  public Feed(int most) {
    this.most = most;
  }

  /// One more event; after the end, nothing.
  public void tell(E event) {
    lock.lock();
    try {
      if (ended) {
        return;
      }
      kept.add(new Told<>(++last, event));
      if (kept.size() > most) {
        kept.remove();
      }
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /// Nothing comes any more.
  public void end() {
    lock.lock();
    try {
      ended = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /// The number of the last event; 0 before the first.
  public long last() {
    lock.lock();
    try {
      return last;
    } finally {
      lock.unlock();
    }
  }

  /// What came after a number, as soon as there is something, or when the time is over.
  public Page<E> after(long number, Duration atMost) throws InterruptedException {
    long left = atMost.toNanos();
    lock.lock();
    try {
      while (last <= number && !ended && left > 0) {
        left = changed.awaitNanos(left);
      }
      List<Told<E>> events = new ArrayList<>();
      for (Told<E> told : kept) {
        if (told.number > number) {
          events.add(told);
        }
      }
      long missed = events.isEmpty() ? 0 : events.getFirst().number - number - 1;
      return new Page<>(events, missed, ended);
    } finally {
      lock.unlock();
    }
  }
}
