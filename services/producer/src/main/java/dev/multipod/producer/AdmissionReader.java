package dev.multipod.producer;

import dev.multipod.queue.Broker;
import dev.multipod.queue.ItemHeaders;
import dev.multipod.queue.Lag;
import dev.multipod.queue.QueueDefinition;
import dev.multipod.queue.Topics;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/// Learns a queue's state from the broker alone: which items wait, and which keys were used. Called
/// by a new owner, after the one before it was fenced: nothing is added meanwhile.
///
/// Whatever it cannot know it takes for waiting: it admits too few for a while, never too many.
final class AdmissionReader implements AutoCloseable {
  private final Broker broker;
  private final ProducerSettings settings;
  private final KafkaConsumer<byte[], byte[]> consumer;

  AdmissionReader(Broker broker, ProducerSettings settings) {
    this.broker = broker;
    this.settings = settings;
    this.consumer = consumer(broker);
  }

  /// Reads what a share group delivers: also what is in a transaction that is open or was aborted.
  static KafkaConsumer<byte[], byte[]> consumer(Broker broker) {
    return new KafkaConsumer<>(
        broker.client(
            Map.of(
                "isolation.level",
                "read_uncommitted",
                "auto.offset.reset",
                "earliest",
                "allow.auto.create.topics",
                "false")),
        new ByteArrayDeserializer(),
        new ByteArrayDeserializer());
  }

  /// @param taken the offsets of the items that are known to have been handed out
  Admission read(QueueDefinition queue, Offsets taken)
      throws InterruptedException, ExecutionException {
    TopicPartition partition = Topics.itemsPartition(queue);
    long start = Lag.of(broker, queue).map(Lag::start).orElse(0L);
    Duration patience = settings.sendTimeout();
    consumer.assign(List.of(partition));
    long end = consumer.endOffsets(List.of(partition), patience).getOrDefault(partition, 0L);
    consumer.seekToBeginning(List.of(partition));
    long next = consumer.position(partition, patience);

    Keys keys = new Keys(settings.keys());
    Redrives redrives = new Redrives(settings.keys());
    Waiting waiting = new Waiting();
    Set<Long> markers = ConcurrentHashMap.newKeySet();
    long deadline = System.nanoTime() + patience.multipliedBy(6).toNanos();
    while (consumer.position(partition, patience) < end) {
      if (System.nanoTime() > deadline) {
        throw Broker.away("the items of queue '%s' could not be read".formatted(queue.name()));
      }
      for (ConsumerRecord<byte[], byte[]> item : consumer.poll(Duration.ofMillis(200))) {
        addMarkers(markers, start, next, item.offset());
        next = item.offset() + 1;
        remember(keys, item);
        ItemHeaders.get(item.headers(), ItemHeaders.REDRIVE).ifPresent(redrives::count);
        if (item.offset() >= start && !taken.contains(item.offset())) {
          waiting.add(item.offset(), item.timestamp());
        }
      }
    }
    addMarkers(markers, start, next, end);
    Backlog backlog = new Backlog(queue.maxsize(), waiting, InstantSource.system());
    return new Admission(queue, backlog, keys, redrives, markers);
  }

  private static void addMarkers(Set<Long> markers, long start, long from, long to) {
    for (long offset = Math.max(start, from); offset < to; offset++) {
      markers.add(offset);
    }
  }

  private static void remember(Keys keys, ConsumerRecord<byte[], byte[]> item) {
    ItemHeaders.get(item.headers(), ItemHeaders.KEY)
        .ifPresent(key -> keys.known(Print.of(key), Item.fingerprint(item), item.offset()));
  }

  @Override
  public void close() {
    consumer.close(CloseOptions.timeout(Duration.ofMillis(100)));
  }
}
