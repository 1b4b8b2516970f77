package dev.multipod.consumer;

import dev.multipod.kit.problem.Problem;
import dev.multipod.queue.Broker;
import dev.multipod.queue.QueueDefinition;
import dev.multipod.queue.Topics;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.errors.InvalidRecordStateException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jboss.logging.Logger;

/// One share consumer, of one queue, with the items of at most one lease. A share consumer bears
/// one thread at a time, hence the lock; after any failure it is closed, which gives back what it
/// has.
///
/// Kafka acknowledges what one call names all together or not at all.
final class Slot {
  private static final Logger LOG = Logger.getLogger(Slot.class);

  // Few polls rather than many: one that begins in the moment a fetch brings its item makes the
  // client fetch one more, which then waits in the client until the slot is free.
  private static final Duration POLL = Duration.ofMillis(500);

  // Short: what a fetch brings after its last caller has gone is held until the slot is closed.
  private static final Duration FETCH = Duration.ofMillis(100);

  // An item that comes after a longer pause may have been waiting in the client, its lock running.
  private static final Duration PAUSE = Duration.ofMillis(100);

  // Two polls in a row take no longer unless this process was stopped.
  private static final Duration LONGEST_POLLS = POLL.multipliedBy(2).plus(PAUSE);

  // Its lease is then so much shorter, up to this share of it; after a longer pause its lock is
  // renewed, which costs a call.
  private static final int SHORTER = 10;

  private final ReentrantLock lock = new ReentrantLock();
  private final QueueDefinition queue;
  private final InOrder inOrder;
  private final int most;
  private final Duration patience;
  private final KafkaShareConsumer<byte[], byte[]> consumer;
  private final SequencedMap<Long, ConsumerRecord<byte[], byte[]>> held = new LinkedHashMap<>();
  private boolean closed;
  private boolean released;
  private boolean fetching;
  private long polled = System.nanoTime();
  // How long the last poll took.
  private Duration polling = Duration.ZERO;
  private Instant lockedSince = Instant.now();

  /// @param most how many items it takes at once; fewer where they are more than `bytes` together
  Slot(
      Broker broker,
      QueueDefinition queue,
      String clientId,
      InOrder inOrder,
      int most,
      int bytes,
      Duration patience) {
    this.inOrder = inOrder;
    this.queue = queue;
    this.most = most;
    this.patience = patience;
    this.consumer =
        new KafkaShareConsumer<>(
            broker.client(
                Map.of(
                    "client.id",
                    clientId,
                    "group.id",
                    Topics.group(queue),
                    "share.acknowledgement.mode",
                    "explicit",
                    "share.acquire.mode",
                    "record_limit",
                    "max.poll.records",
                    most,
                    "fetch.max.bytes",
                    bytes,
                    "max.poll.interval.ms",
                    Integer.MAX_VALUE,
                    "fetch.max.wait.ms",
                    Math.toIntExact(FETCH.toMillis()))),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer());
    consumer.subscribe(List.of(Topics.items(queue)));
  }

  QueueDefinition queue() {
    return queue;
  }

  int most() {
    return most;
  }

  /// Waits a moment for items. The broker's lock of those that come is fresh, or nearly so.
  ///
  /// @throws KafkaException when the slot is of no use any more
  List<ConsumerRecord<byte[], byte[]>> poll() {
    lock.lock();
    try {
      if (closed) {
        return List.of();
      }
      long began = System.nanoTime();
      Duration pause = Duration.ofNanos(began - polled);
      Instant before = Instant.now();
      fetch();
      polled = System.nanoTime();
      Duration lastPolling = polling;
      polling = Duration.ofNanos(polled - began);
      fetching = held.isEmpty();
      lockedSince = Instant.now();
      if (polling.plus(lastPolling).compareTo(LONGEST_POLLS) > 0) {
        // This process was stopped in the middle, and what came may have come before that.
        requireLocked();
      } else if (pause.compareTo(PAUSE) > 0 && !held.isEmpty()) {
        if (pause.compareTo(queue.lease().dividedBy(SHORTER)) < 0) {
          lockedSince = before.minus(pause);
        } else {
          requireLocked();
        }
      }
      return List.copyOf(held.values());
    } finally {
      lock.unlock();
    }
  }

  private void requireLocked() {
    if (!held.isEmpty() && !renew()) {
      throw new KafkaException("the lock of a fetched item had run out");
    }
  }

  /// Whether nothing is in hand.
  boolean isEmpty() {
    lock.lock();
    try {
      return held.isEmpty();
    } finally {
      lock.unlock();
    }
  }

  /// When the broker's lock of what the last poll brought began, or a moment later.
  Instant lockedSince() {
    lock.lock();
    try {
      return lockedSince;
    } finally {
      lock.unlock();
    }
  }

  /// Whether it gave an item back: its client may have one that comes after that already.
  boolean hasReleased() {
    lock.lock();
    try {
      return released;
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

  /// Accepts, releases or rejects items, at least one, and asks the broker whether that held.
  ///
  /// @return false when they were no longer ours
  /// @throws Problem 503 `outcome-unknown` when the broker does not say
  boolean acknowledge(AcknowledgeType type, List<ConsumerRecord<byte[], byte[]>> items) {
    lock.lock();
    try {
      if (closed || !items.stream().allMatch(item -> held.containsKey(item.offset()))) {
        return false;
      }
      for (ConsumerRecord<byte[], byte[]> item : items) {
        consumer.acknowledge(held.remove(item.offset()), type);
      }
      released |= type == AcknowledgeType.RELEASE;
      boolean confirmed = committed();
      if (confirmed && type != AcknowledgeType.RELEASE) {
        inOrder.finished(queue, items.stream().map(ConsumerRecord::offset).toList());
      }
      return confirmed;
    } catch (KafkaException | IllegalStateException e) {
      throw unknown(e);
    } finally {
      lock.unlock();
    }
  }

  /// Makes the broker's locks of all it has last for one lease from now.
  ///
  /// @return false when they were no longer ours
  /// @throws Problem 503 `outcome-unknown` when the broker does not say
  boolean renew() {
    lock.lock();
    try {
      if (closed || held.isEmpty()) {
        return false;
      }
      Set<Long> offsets = Set.copyOf(held.keySet());
      held.values().forEach(item -> consumer.acknowledge(item, AcknowledgeType.RENEW));
      held.clear();
      if (!committed()) {
        return false;
      }
      // Renewed items must be polled again before they can be acknowledged; nothing else comes.
      long deadline = System.nanoTime() + patience.toNanos();
      do {
        fetch();
      } while (held.size() < offsets.size() && System.nanoTime() < deadline);
      if (!held.keySet().equals(offsets)) {
        throw unknown(new IllegalStateException("the renewed items did not come back"));
      }
      return true;
    } catch (KafkaException | IllegalStateException e) {
      throw unknown(e);
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
        if (!held.isEmpty()) {
          held.values().forEach(item -> consumer.acknowledge(item, AcknowledgeType.RELEASE));
          held.clear();
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
    Map<TopicIdPartition, Optional<KafkaException>> results = consumer.commitSync(patience);
    if (results.isEmpty()) {
      // The client does not know the broker's address any more, or has no session with it, or knows
      // of another leader: it sends nothing, and says nothing.
      throw new KafkaException("nothing was sent: the broker is not known at this moment");
    }
    for (Map.Entry<TopicIdPartition, Optional<KafkaException>> result : results.entrySet()) {
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

  private void fetch() {
    consumer.poll(POLL).forEach(item -> held.put(item.offset(), item));
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
