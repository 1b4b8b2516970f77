package dev.multipod.producer;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;

/// The Idempotency-Keys of a queue's last items, and of the puts under way, each as a [Print].
final class Keys {
  /// One put.
  ///
  /// @param fingerprint of what a repeated key must match, as a [Print]
  /// @param offset where its item lies; empty when the put ended without an item, or the term did
  ///   before the broker had answered
  record Put(long fingerprint, CompletableFuture<Optional<Long>> offset) {}

  private final ReentrantLock lock = new ReentrantLock();
  private final Map<Long, Put> underWay = new HashMap<>();
  private final LastKeys done;

  /// @param most how many are remembered of the items on the broker; the oldest is forgotten first
  Keys(int most) {
    done = new LastKeys(most);
  }

  /// Claims a key for a new put, until [#done] or [#withdraw].
  ///
  /// @return the put that has the key already, if there is one
  Optional<Put> claim(long key, Put put) {
    lock.lock();
    try {
      Optional<LastKeys.Known> earlier = done.find(key);
      if (earlier.isPresent()) {
        Optional<Long> offset = Optional.of(earlier.get().offset());
        return Optional.of(
            new Put(earlier.get().print(), CompletableFuture.completedFuture(offset)));
      }
      return Optional.ofNullable(underWay.putIfAbsent(key, put));
    } finally {
      lock.unlock();
    }
  }

  /// Whether the item of a put with this key is on the broker.
  boolean knows(long key) {
    lock.lock();
    try {
      return done.find(key).isPresent();
    } finally {
      lock.unlock();
    }
  }

  /// The item of a put that has this key is on the broker.
  void done(long key, Put put, long offset) {
    lock.lock();
    try {
      underWay.remove(key, put);
      done.add(key, put.fingerprint(), offset);
    } finally {
      lock.unlock();
    }
    put.offset().complete(Optional.of(offset));
  }

  /// The put ended without an item: its key may be used again.
  void withdraw(long key, Put put) {
    lock.lock();
    try {
      underWay.remove(key, put);
    } finally {
      lock.unlock();
    }
    put.offset().complete(Optional.empty());
  }

  /// An item that was found on the broker.
  void known(long key, long fingerprint, long offset) {
    lock.lock();
    try {
      done.add(key, fingerprint, offset);
    } finally {
      lock.unlock();
    }
  }
}
