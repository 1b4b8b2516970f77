package dev.multipod.producer;

import dev.multipod.queue.Broker;
import dev.multipod.queue.Finished;
import dev.multipod.queue.Lag;
import dev.multipod.queue.Putter;
import dev.multipod.queue.QueueDefinition;
import dev.multipod.queue.Topics;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;

/// The unfinished items of one putter, from the broker alone, so that it does not matter which
/// owner admitted them: the items of that name that are not before the group's start, where all are
/// finished, and of which no notice says that they are.
///
/// What is not known to be finished is unfinished. An item that a consumer puts again keeps its
/// name, and is in the topic before the first one ends: so the end of the topic is asked for after
/// the start, and read up to, before the count is one.
///
/// For one thread.
final class OwnItems implements AutoCloseable {
  private static final Duration LISTEN = Duration.ofMillis(200);

  private final Broker broker;
  private final QueueDefinition queue;
  private final String putter;
  private final Duration patience;
  private final TopicPartition items;
  private final TopicPartition notices;
  private final KafkaConsumer<byte[], byte[]> consumer;
  private final Offsets unfinished = new Offsets();
  // Notices; they may come before their items do.
  private final Offsets finished = new Offsets();
  private boolean begun;

  /// @param shares how many partitions [Topics#TAKEN] has
  OwnItems(Broker broker, QueueDefinition queue, String putter, int shares, Duration patience) {
    this.broker = broker;
    this.queue = queue;
    this.putter = putter;
    this.patience = patience;
    this.items = Topics.itemsPartition(queue);
    this.notices = new TopicPartition(Topics.TAKEN, Topics.partitionOf(queue.name(), shares));
    this.consumer = AdmissionReader.consumer(broker);
  }

  /// How many there are; empty when that cannot be told now.
  ///
  /// @throws dev.multipod.kit.problem.Problem 503 `broker-away`
  OptionalLong count() throws InterruptedException {
    try {
      long end = end();
      Optional<Lag> lag = Lag.of(broker, queue);
      if (lag.isEmpty()) {
        return OptionalLong.empty();
      }
      // The broker writes its start down late, but it knows when nothing is left.
      long start = lag.get().records() == 0 ? Math.max(end, lag.get().start()) : lag.get().start();
      if (!readToEnd(start)) {
        return OptionalLong.empty();
      }
      unfinished.removeBefore(start);
      finished.removeBefore(start);
      return OptionalLong.of(unfinished.size());
    } catch (ExecutionException | KafkaException e) {
      throw Broker.away(e);
    }
  }

  private long end() {
    return Objects.requireNonNull(consumer.endOffsets(List.of(items), patience).get(items));
  }

  /// @return false when it takes too long
  private boolean readToEnd(long start) {
    if (!begun) {
      consumer.assign(List.of(items, notices));
      consumer.seekToBeginning(List.of(notices));
      consumer.seek(items, start);
      begun = true;
    }
    long deadline = System.nanoTime() + patience.toNanos();
    for (Map.Entry<TopicPartition, Long> end :
        consumer.endOffsets(List.of(items, notices), patience).entrySet()) {
      while (consumer.position(end.getKey(), patience) < end.getValue()) {
        if (System.nanoTime() - deadline > 0) {
          return false;
        }
        consumer.poll(LISTEN).forEach(this::take);
      }
    }
    return true;
  }

  private void take(ConsumerRecord<byte[], byte[]> record) {
    if (record.partition() == notices.partition() && record.topic().equals(notices.topic())) {
      Finished.read(record)
          .filter(notice -> notice.place().equals(queue.place()))
          .ifPresent(
              notice -> {
                finished.add(notice.offset());
                unfinished.remove(notice.offset());
              });
    } else if (Putter.put(record, putter) && !finished.contains(record.offset())) {
      unfinished.add(record.offset());
    }
  }

  @Override
  public void close() {
    consumer.close(CloseOptions.timeout(Duration.ofMillis(100)));
  }
}
