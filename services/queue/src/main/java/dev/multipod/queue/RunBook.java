package dev.multipod.queue;

import dev.multipod.kit.input.IdempotencyKey;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/// The runs of this replica: those under way, and the last ones that ended.
///
/// @param <R> a run
public final class RunBook<R extends RunBook.Run> {
  /// Work that goes on after the call that began it.
  public interface Run {
    /// `<replica>.<random>`: any replica can tell whose it is.
    String id();

    boolean isEnded();
  }

  /// A run that a call began.
  ///
  /// @param replayed whether an earlier call with the same key began it
  public record Begun<R>(R run, boolean replayed) {}

  private record Entry<R>(R run, String key, String fingerprint) {}

  private final ReentrantLock lock = new ReentrantLock();
  private final Map<String, Entry<R>> runs = new LinkedHashMap<>();
  private final int remembered;

  /// @param remembered how many runs are kept; the one that ended first is forgotten first
  public RunBook(int remembered) {
    this.remembered = remembered;
  }

  /// Begins a run, once for each key.
  ///
  /// @param fingerprint what a reused key must match
  /// @param start begins it, or throws when there is no room; one at a time
  /// @throws dev.multipod.kit.problem.Problem 422 `idempotency-key-reused`
  public Begun<R> begin(IdempotencyKey key, String fingerprint, Supplier<R> start) {
    lock.lock();
    try {
      for (Entry<R> entry : runs.values()) {
        if (entry.key.equals(key.value())) {
          if (!entry.fingerprint.equals(fingerprint)) {
            throw IdempotencyKey.reused();
          }
          return new Begun<>(entry.run, true);
        }
      }
      R run = start.get();
      runs.put(run.id(), new Entry<>(run, key.value(), fingerprint));
      forgetOldest();
      return new Begun<>(run, false);
    } finally {
      lock.unlock();
    }
  }

  public Optional<R> find(String id) {
    lock.lock();
    try {
      return Optional.ofNullable(runs.get(id)).map(Entry::run);
    } finally {
      lock.unlock();
    }
  }

  /// Every run that is known, in the order in which they began.
  public List<R> all() {
    lock.lock();
    try {
      List<R> all = new ArrayList<>();
      runs.values().forEach(entry -> all.add(entry.run));
      return all;
    } finally {
      lock.unlock();
    }
  }

  /// Those that have not ended.
  public List<R> live() {
    return all().stream().filter(run -> !run.isEnded()).toList();
  }

  private void forgetOldest() {
    Iterator<Entry<R>> oldest = runs.values().iterator();
    while (oldest.hasNext() && runs.size() > remembered) {
      if (oldest.next().run.isEnded()) {
        oldest.remove();
      }
    }
  }
}
