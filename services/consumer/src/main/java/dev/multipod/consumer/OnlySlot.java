package dev.multipod.consumer;

import dev.multipod.queue.QueueDefinition;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/// Of a fifo queue a replica has one slot at most: whoever has its permit may open, use, or close
/// it. Other queues need none.
final class OnlySlot {
  private static final Duration LOOK = Duration.ofMillis(100);

  private final Map<QueueDefinition, Semaphore> permits = new ConcurrentHashMap<>();

  /// Waits for the permit of a fifo queue.
  ///
  /// @param deadline by `System.nanoTime()`
  /// @param stop whether to wait no longer
  /// @return false when it was not there in time
  boolean take(QueueDefinition queue, long deadline, BooleanSupplier stop)
      throws InterruptedException {
    Semaphore permit = permit(queue);
    while (!permit.tryAcquire(LOOK.toNanos(), TimeUnit.NANOSECONDS)) {
      if (stop.getAsBoolean() || System.nanoTime() - deadline > 0) {
        return false;
      }
    }
    return true;
  }

  /// As [#take], without waiting; true for a queue that is not fifo.
  boolean tryTake(QueueDefinition queue) {
    return !queue.isFifo() || permit(queue).tryAcquire();
  }

  void free(QueueDefinition queue) {
    Semaphore permit = permits.get(queue);
    if (permit != null) {
      permit.release();
    }
  }

  /// The queue was deleted. Whoever has its permit need not give it back.
  void forget(QueueDefinition queue) {
    permits.remove(queue);
  }

  private Semaphore permit(QueueDefinition queue) {
    return permits.computeIfAbsent(queue, _ -> new Semaphore(1));
  }
}
