package dev.multipod.consumer;

import dev.multipod.queue.Broker;
import dev.multipod.queue.BrokerSettings;
import dev.multipod.queue.Directory;
import dev.multipod.queue.ItemHeaders;
import dev.multipod.queue.Taken;
import dev.multipod.queue.Topics;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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

  /// The hand-outs until now.
  ///
  /// @param deliveries what the broker counts; an item that it delivers for the first time was
  ///   never handed out, and the notices need not be read
  /// @throws dev.multipod.kit.problem.Problem 503 `broker-away`
  int of(String queue, ConsumerRecord<byte[], byte[]> item, int deliveries) {
    int before =
        ItemHeaders.get(item.headers(), ItemHeaders.HAND_OUTS).map(Integer::parseInt).orElse(0);
    return deliveries <= 1 ? before : before + notices(new Taken(queue, item.offset()));
  }

  private int notices(Taken wanted) {
    TopicPartition partition =
        new TopicPartition(Topics.TAKEN, Topics.partitionOf(wanted.queue(), directory.shares()));
    Map<String, Object> config =
        broker.client(Map.of("auto.offset.reset", "earliest", "allow.auto.create.topics", "false"));
    int count = 0;
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
          if (Taken.read(record).equals(Optional.of(wanted))) {
            count++;
          }
        }
      }
    } catch (KafkaException e) {
      throw Broker.away(e.toString());
    }
    return count;
  }
}
