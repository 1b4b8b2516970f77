package dev.multipod.producer;

import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;

/// The places of one queue: who waits for one, and which admitted items hold one until their first
/// get. Invariant: places reserved + items waiting + places free = maxsize.
final class Backlog {
  /// A caller's place: true when it is reserved, false when the caller or the term gave up.
  static final class Place {
    private static final CompletableFuture<Boolean> YES = CompletableFuture.completedFuture(true);
    private static final CompletableFuture<Boolean> NO = CompletableFuture.completedFuture(false);

    private final CompletableFuture<Boolean> reserved;

    private Place(CompletableFuture<Boolean> reserved) {
      this.reserved = reserved;
    }

    CompletableFuture<Boolean> reserved() {
      return reserved;
    }
  }

  private static final long UNBOUNDED = Long.MAX_VALUE / 2;

  private final InstantSource clock;
  private final ReentrantLock lock = new ReentrantLock();
  private final Queue<Place> line = new ArrayDeque<>();
  private final Waiting waiting;
  // Notices of items whose own acknowledgement by the broker we have not seen yet.
  private final Set<Long> takenEarly = new HashSet<>();
  private long free;
  private int sending;
  private boolean over;

  /// @param maxsize 0 is no bound
  /// @param waiting the items that hold a place
  Backlog(int maxsize, Waiting waiting, InstantSource clock) {
    this.clock = clock;
    this.waiting = waiting;
    this.free = (maxsize == 0 ? UNBOUNDED : maxsize) - waiting.size();
  }

  /// Takes a place, or a position in the line for one, first come first served.
  Place ask() {
    lock.lock();
    try {
      if (over) {
        return new Place(Place.NO);
      }
      if (free > 0 && line.isEmpty()) {
        free--;
        sending++;
        return new Place(Place.YES);
      }
      Place place = new Place(new CompletableFuture<>());
      line.add(place);
      return place;
    } finally {
      lock.unlock();
    }
  }

  /// The caller gives up: out of the line, or the reserved place goes to the next.
  void giveUp(Place place) {
    lock.lock();
    try {
      if (place.reserved.complete(false)) {
        line.remove(place);
      } else if (place.reserved.getNow(false)) {
        sending--;
        free++;
        serve();
      }
    } finally {
      lock.unlock();
    }
  }

  /// The item of a reserved place is on the broker.
  void admitted(long offset) {
    lock.lock();
    try {
      sending--;
      if (takenEarly.remove(offset)) {
        free++;
        serve();
      } else {
        waiting.add(offset, clock.millis());
      }
      if (sending == 0) {
        takenEarly.clear();
      }
    } finally {
      lock.unlock();
    }
  }

  /// The items were taken for the first time, or again.
  void taken(long first, long last) {
    lock.lock();
    try {
      for (long offset = first; offset <= last; offset++) {
        if (waiting.remove(offset)) {
          free++;
        } else if (sending > 0 && offset > waiting.first().orElse(-1)) {
          takenEarly.add(offset);
        }
      }
      serve();
    } finally {
      lock.unlock();
    }
  }

  /// Everything before this offset is finished: it holds no place, whether its notice came or not.
  void finishedBefore(long offset) {
    lock.lock();
    try {
      free += waiting.removeBefore(offset);
      serve();
    } finally {
      lock.unlock();
    }
  }

  /// How many admitted items wait for their first get; what is on its way to the broker counts.
  int queued() {
    lock.lock();
    try {
      return waiting.size() + sending;
    } finally {
      lock.unlock();
    }
  }

  /// For how long the oldest item has been waiting for its first get, to a tenth of a second or a
  /// thousandth; zero when none does. What an owner before this one put has that one's time.
  Duration oldestAge() {
    lock.lock();
    try {
      OptionalLong since = waiting.since();
      return since.isEmpty()
          ? Duration.ZERO
          : Duration.ofMillis(Math.max(0, clock.millis() - since.getAsLong()));
    } finally {
      lock.unlock();
    }
  }

  /// How many have a place and are not on the broker yet.
  int sending() {
    lock.lock();
    try {
      return sending;
    } finally {
      lock.unlock();
    }
  }

  /// How many callers stand in line.
  int line() {
    lock.lock();
    try {
      return line.size();
    } finally {
      lock.unlock();
    }
  }

  /// Whether nobody gets a place any more.
  boolean isOver() {
    lock.lock();
    try {
      return over;
    } finally {
      lock.unlock();
    }
  }

  /// The term is over, or the queue was deleted: nobody gets a place any more.
  void end() {
    lock.lock();
    try {
      over = true;
      line.forEach(place -> place.reserved.complete(false));
      line.clear();
    } finally {
      lock.unlock();
    }
  }

  private void serve() {
    while (free > 0 && !over && !line.isEmpty()) {
      if (line.remove().reserved.complete(true)) {
        free--;
        sending++;
      }
    }
  }
}
