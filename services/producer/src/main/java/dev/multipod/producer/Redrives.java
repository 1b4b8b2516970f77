package dev.multipod.producer;

import dev.multipod.kit.input.IdempotencyKey;
import java.util.LinkedHashMap;
import java.util.SequencedMap;
import java.util.concurrent.locks.ReentrantLock;

/// How many items each of a queue's last calls for a redrive has put back. An item carries the call
/// that put it back, so that the next owner counts the same.
final class Redrives {
  /// A call for a redrive, as its items carry it.
  ///
  /// @param limit how many it puts back at most
  record Call(IdempotencyKey key, int limit) {
    /// The header of its items. A key has no space.
    String header() {
      return key.value() + " " + limit;
    }
  }

  private static final class Counted {
    private final String header;
    private int items;

    Counted(String header) {
      this.header = header;
    }
  }

  private final ReentrantLock lock = new ReentrantLock();
  private final SequencedMap<String, Counted> calls = new LinkedHashMap<>();
  private final int most;

  /// @param most how many calls are remembered; the oldest one is forgotten first
  Redrives(int most) {
    this.most = most;
  }

  /// An item of a call is in the queue.
  void count(String header) {
    lock.lock();
    try {
      String key = header.substring(0, Math.max(0, header.indexOf(' ')));
      calls.computeIfAbsent(key, _ -> new Counted(header)).items++;
      if (calls.size() > most) {
        calls.pollFirstEntry();
      }
    } finally {
      lock.unlock();
    }
  }

  /// How many items this call has put back already, when it is a repeated one.
  ///
  /// @throws dev.multipod.kit.problem.Problem 422 `idempotency-key-reused`
  int by(Call call) {
    lock.lock();
    try {
      Counted earlier = calls.get(call.key().value());
      if (earlier == null) {
        return 0;
      }
      if (!earlier.header.equals(call.header())) {
        throw IdempotencyKey.reused();
      }
      return earlier.items;
    } finally {
      lock.unlock();
    }
  }
}
