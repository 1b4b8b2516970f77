package dev.multipod.consumer;

import dev.multipod.queue.Broker;
import dev.multipod.queue.BrokerSettings;
import dev.multipod.queue.Directory;
import dev.multipod.queue.ItemHeaders;
import dev.multipod.queue.Taken;
import dev.multipod.queue.Topics;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeSet;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/// How often an item was really handed out: each hand-out left a taken notice, and the notices of
/// an unfinished item are kept. Kafka's own delivery count is higher: it counts what share
/// consumers fetched and nobody saw.
@ApplicationScoped
class HandOuts {
  private final Broker broker;
  private final BrokerSettings settings;
  private final Directory directory;

  HandOuts(Broker broker, BrokerSettings settings, Directory directory) {
    this.broker = broker;
    this.settings = settings;
    this.directory = directory;
  }

  /// The hand-outs until now, in the order of the items, which are of one queue. The notices are
  /// read once for all, and not at all when the broker delivers every item for the first time.
  ///
  /// @throws dev.multipod.kit.problem.Problem 503 `broker-away`
  List<Integer> of(List<ConsumerRecord<byte[], byte[]>> items) {
    List<ConsumerRecord<byte[], byte[]>> again =
        items.stream().filter(item -> deliveries(item) > 1).toList();
    Map<Long, Integer> notices = again.isEmpty() ? Map.of() : notices(again);
    return items.stream()
        .map(item -> before(item) + notices.getOrDefault(item.offset(), 0))
        .toList();
  }

  /// How often the broker delivered an item to somebody or to nobody, this time included.
  static int deliveries(ConsumerRecord<byte[], byte[]> item) {
    return item.deliveryCount().orElse((short) 1);
  }

  /// The hand-outs of an item before it was put again.
  private static int before(ConsumerRecord<byte[], byte[]> item) {
    return ItemHeaders.get(item.headers(), ItemHeaders.HAND_OUTS).map(Integer::parseInt).orElse(0);
  }

  /// How many notices each of these items has, by their offsets.
  private Map<Long, Integer> notices(List<ConsumerRecord<byte[], byte[]>> items) {
    Taken some = Taken.of(items.getFirst());
    NavigableSet<Long> wanted = new TreeSet<>();
    items.forEach(item -> wanted.add(item.offset()));
    TopicPartition partition =
        new TopicPartition(Topics.TAKEN, Topics.partitionOf(some.queue(), directory.shares()));
    Map<String, Object> config =
        broker.client(Map.of("auto.offset.reset", "earliest", "allow.auto.create.topics", "false"));
    Map<Long, Integer> counts = new HashMap<>();
    try (var consumer =
        new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      Duration patience = settings.timeout();
      consumer.assign(List.of(partition));
      consumer.seekToBeginning(List.of(partition));
      long end = consumer.endOffsets(List.of(partition), patience).getOrDefault(partition, 0L);
      long deadline = System.nanoTime() + patience.toNanos();
      while (consumer.position(partition, patience) < end) {
        if (System.nanoTime() > deadline) {
          throw Broker.away("the taken notices could not be read in time");
        }
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(200))) {
          Taken.read(record)
              .filter(notice -> notice.place().equals(some.place()))
              .ifPresent(
                  notice ->
                      wanted
                          .subSet(notice.first(), true, notice.last(), true)
                          .forEach(offset -> counts.merge(offset, 1, Integer::sum)));
        }
      }
    } catch (KafkaException e) {
      throw Broker.away(e);
    }
    return counts;
  }
}
