package dev.multipod.consumer;

import dev.multipod.kit.problem.Problem;
import dev.multipod.queue.Broker;
import dev.multipod.queue.QueueDefinition;
import dev.multipod.queue.Topics;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.errors.InvalidRecordStateException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jboss.logging.Logger;

/// One share consumer, of one queue, with at most one item. A share consumer bears one thread at a
/// time, hence the lock; after any failure it is closed, which gives back what it has.
final class Slot {
  private static final Logger LOG = Logger.getLogger(Slot.class);

  // Few polls rather than many: one that begins in the moment a fetch brings its item makes the
  // client fetch one more, which then waits in the client until the slot is free.
  private static final Duration POLL = Duration.ofMillis(500);

  // Short: what a fetch brings after its last caller has gone is held until the slot is closed.
  private static final Duration FETCH = Duration.ofMillis(100);

  // An item that comes after a longer pause may have been waiting in the client, its lock running.
  private static final Duration PAUSE = Duration.ofMillis(100);

  private final ReentrantLock lock = new ReentrantLock();
  private final QueueDefinition queue;
  private final Duration patience;
  private final KafkaShareConsumer<byte[], byte[]> consumer;
  private Optional<ConsumerRecord<byte[], byte[]>> held = Optional.empty();
  private boolean closed;
  private boolean fetching;
  private long polled = System.nanoTime();

  Slot(Broker broker, QueueDefinition queue, Duration patience) {
    this.queue = queue;
    this.patience = patience;
    this.consumer =
        new KafkaShareConsumer<>(
            broker.client(
                Map.of(
                    "group.id",
                    Topics.group(queue.name()),
                    "share.acknowledgement.mode",
                    "explicit",
                    "share.acquire.mode",
                    "record_limit",
                    "max.poll.records",
                    1,
                    "max.poll.interval.ms",
                    Integer.MAX_VALUE,
                    "fetch.max.wait.ms",
                    Math.toIntExact(FETCH.toMillis()))),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer());
    consumer.subscribe(List.of(Topics.items(queue.name())));
  }

  QueueDefinition queue() {
    return queue;
  }

  /// Waits a moment for an item. The broker's lock of the item that comes is fresh.
  ///
  /// @throws KafkaException when the slot is of no use any more
  Optional<ConsumerRecord<byte[], byte[]>> poll() {
    lock.lock();
    try {
      if (closed) {
        return Optional.empty();
      }
      boolean paused = System.nanoTime() - polled > PAUSE.toNanos();
      held = first(consumer.poll(POLL));
      polled = System.nanoTime();
      fetching = held.isEmpty();
      if (paused && held.isPresent() && !renew()) {
        throw new KafkaException("the lock of a fetched item had run out");
      }
      return held;
    } finally {
      lock.unlock();
    }
  }

  /// Whether the client goes on fetching, since the last poll brought nothing: an item that comes
  /// now has nobody who asked for it.
  boolean isFetching() {
    lock.lock();
    try {
      return fetching;
    } finally {
      lock.unlock();
    }
  }

  /// Accepts, releases or rejects the item, and asks the broker whether that held.
  ///
  /// @return false when the item was no longer ours
  /// @throws Problem 503 `outcome-unknown` when the broker does not say
  boolean acknowledge(AcknowledgeType type) {
    lock.lock();
    try {
      if (closed || held.isEmpty()) {
        return false;
      }
      consumer.acknowledge(held.get(), type);
      held = Optional.empty();
      return committed();
    } catch (KafkaException | IllegalStateException e) {
      throw unknown(e);
    } finally {
      lock.unlock();
    }
  }

  /// Makes the broker's lock last for one lease from now.
  ///
  /// @return false when the item was no longer ours
  /// @throws Problem 503 `outcome-unknown` when the broker does not say
  boolean renew() {
    lock.lock();
    try {
      if (closed || held.isEmpty()) {
        return false;
      }
      long offset = held.get().offset();
      consumer.acknowledge(held.get(), AcknowledgeType.RENEW);
      if (!committed()) {
        held = Optional.empty();
        return false;
      }
      // A renewed item must be polled again before it can be acknowledged; nothing else comes.
      long deadline = System.nanoTime() + patience.toNanos();
      do {
        held = first(consumer.poll(POLL));
      } while (held.isEmpty() && System.nanoTime() < deadline);
      if (held.isEmpty() || held.get().offset() != offset) {
        throw unknown(new IllegalStateException("the renewed item did not come back"));
      }
      return true;
    } catch (KafkaException | IllegalStateException e) {
      throw unknown(e);
    } finally {
      lock.unlock();
    }
  }

  boolean isClosed() {
    lock.lock();
    try {
      return closed;
    } finally {
      lock.unlock();
    }
  }

  /// Gives back what it has, and leaves the group.
  void close() {
    lock.lock();
    try {
      if (!closed) {
        closed = true;
        if (held.isPresent()) {
          consumer.acknowledge(held.get(), AcknowledgeType.RELEASE);
          held = Optional.empty();
          consumer.commitSync(Duration.ofSeconds(2));
        }
      }
    } catch (KafkaException | IllegalStateException e) {
      LOG.warnf("event=not-released queue=%s cause=%s", queue.name(), e);
    } finally {
      try {
        consumer.close(Duration.ofSeconds(2));
      } catch (KafkaException e) {
        LOG.debugf("event=slot-closed-badly queue=%s cause=%s", queue.name(), e);
      }
      lock.unlock();
    }
  }

  private boolean committed() {
    for (Map.Entry<TopicIdPartition, Optional<KafkaException>> result :
        consumer.commitSync(patience).entrySet()) {
      if (result.getValue().isPresent()) {
        KafkaException failure = result.getValue().get();
        if (failure instanceof InvalidRecordStateException) {
          return false;
        }
        throw failure;
      }
    }
    return true;
  }

  private static Optional<ConsumerRecord<byte[], byte[]>> first(
      ConsumerRecords<byte[], byte[]> records) {
    return records.isEmpty() ? Optional.empty() : Optional.of(records.iterator().next());
  }

  private static Problem unknown(RuntimeException failure) {
    return Problem.of(
            503,
            "outcome-unknown",
            "It is not known whether this was done",
            "Kafka did not confirm it (%s). If it was not done, the item is delivered again."
                .formatted(failure))
        .retryAfter(Duration.ofSeconds(1));
  }
}
