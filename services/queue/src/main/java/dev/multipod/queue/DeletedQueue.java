package dev.multipod.queue;

import java.time.Instant;

/// A queue that was deleted. It is remembered, so that one that is created under its name later
/// gets another place, and that what it left in Kafka is taken away, whoever dies meanwhile.
///
/// @param clean whether nothing of it is left
public record DeletedQueue(QueueDefinition queue, Instant at, boolean clean) {
  /// The key of its record in [Topics#QUEUES].
  public String key() {
    return queue.name() + Directory.GENERATION + queue.generation();
  }
}
