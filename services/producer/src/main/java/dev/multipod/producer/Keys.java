package dev.multipod.producer;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;

/// The Idempotency-Keys of a queue's last items, and of the puts under way.
final class Keys {
  /// One put.
  ///
  /// @param offset where its item lies; empty when the put ended without an item
  record Put(String fingerprint, CompletableFuture<Optional<Long>> offset) {}

  private final ReentrantLock lock = new ReentrantLock();
  private final Map<String, Put> puts = new LinkedHashMap<>();
  private final int most;

  /// @param most how many are remembered; the oldest finished one is forgotten first
  Keys(int most) {
    this.most = most;
  }

  /// Claims a key for a new put.
  ///
  /// @return the put that has the key already, if there is one
  Optional<Put> claim(String key, Put put) {
    lock.lock();
    try {
      Put earlier = puts.putIfAbsent(key, put);
      if (earlier == null && puts.size() > most) {
        forgetOldest();
      }
      return Optional.ofNullable(earlier);
    } finally {
      lock.unlock();
    }
  }

  /// Whether the item of a put with this key is on the broker.
  boolean knows(String key) {
    lock.lock();
    try {
      Put put = puts.get(key);
      return put != null && put.offset().getNow(Optional.empty()).isPresent();
    } finally {
      lock.unlock();
    }
  }

  /// The put ended without an item: its key may be used again.
  void withdraw(String key, Put put) {
    lock.lock();
    try {
      puts.remove(key, put);
    } finally {
      lock.unlock();
    }
    put.offset().complete(Optional.empty());
  }

  /// An item that is on the broker already.
  void known(String key, String fingerprint, long offset) {
    claim(key, new Put(fingerprint, CompletableFuture.completedFuture(Optional.of(offset))));
  }

  private void forgetOldest() {
    var oldest = puts.entrySet().iterator();
    while (oldest.hasNext() && puts.size() > most) {
      if (oldest.next().getValue().offset().isDone()) {
        oldest.remove();
      }
    }
  }
}
