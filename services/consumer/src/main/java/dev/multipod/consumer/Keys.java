package dev.multipod.consumer;

import dev.multipod.kit.input.IdempotencyKey;
import dev.multipod.kit.problem.Problem;
import dev.multipod.queue.QueueDefinition;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// The Idempotency-Keys of the last gets: a repeated one has the same lease, and takes no second
/// item.
@ApplicationScoped
class Keys {
  /// What to do for a key that is new.
  interface Get {
    Optional<Lease> lease() throws InterruptedException;
  }

  /// @param replayed whether an earlier get with the same key took the item
  record Answer(Optional<Lease> lease, boolean replayed) {}

  private record Taken(
      QueueDefinition queue, String what, CompletableFuture<Optional<Lease>> lease) {}

  private final Leases leases;
  private final Map<String, Taken> gets;

  Keys(Leases leases, ConsumerSettings settings) {
    this.leases = leases;
    int most = settings.remembered();
    this.gets =
        Collections.synchronizedMap(
            new LinkedHashMap<>() {
              private static final long serialVersionUID = 1L;

              @Override
              protected boolean removeEldestEntry(Map.Entry<String, Taken> eldest) {
                return size() > most;
              }
            });
  }

  /// @param what what is asked for: a repeated get asks for the same
  /// @throws Problem 409 `lease-lost` when the key's lease has ended; 422 when it was of another
  ///   queue
  Answer once(IdempotencyKey key, QueueDefinition queue, String what, Duration timeout, Get get)
      throws InterruptedException {
    Taken mine = new Taken(queue, what, new CompletableFuture<>());
    Taken earlier = gets.putIfAbsent(key.value(), mine);
    if (earlier != null && isOfDeleted(earlier, queue)) {
      // The key was used for a queue that had this name before.
      earlier = gets.replace(key.value(), earlier, mine) ? null : gets.get(key.value());
    }
    if (earlier == null) {
      return new Answer(first(key, mine, get), false);
    }
    if (!earlier.what.equals(what)) {
      throw IdempotencyKey.reused();
    }
    try {
      Optional<Lease> lease = earlier.lease.get(timeout.toMillis() + 1000, TimeUnit.MILLISECONDS);
      if (lease.isEmpty()) {
        return new Answer(lease, true);
      }
      String id = lease.get().id();
      return new Answer(Optional.of(leases.find(id).orElseThrow(() -> Endings.lost(id))), true);
    } catch (TimeoutException e) {
      return new Answer(Optional.empty(), true);
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  private static boolean isOfDeleted(Taken earlier, QueueDefinition queue) {
    return earlier.queue.name().equals(queue.name())
        && earlier.queue.generation() < queue.generation();
  }

  private Optional<Lease> first(IdempotencyKey key, Taken mine, Get get)
      throws InterruptedException {
    Optional<Lease> lease = Optional.empty();
    try {
      lease = get.lease();
      return lease;
    } finally {
      if (lease.isEmpty()) {
        // Nothing was taken: the key may be used again.
        gets.remove(key.value(), mine);
      }
      mine.lease.complete(lease);
    }
  }
}
