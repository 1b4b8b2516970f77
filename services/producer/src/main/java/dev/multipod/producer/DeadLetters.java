package dev.multipod.producer;

import dev.multipod.queue.Broker;
import dev.multipod.queue.BrokerSettings;
import dev.multipod.queue.QueueDefinition;
import dev.multipod.queue.Topics;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/// The dead letters of the queues. Whoever reads them takes none away.
@ApplicationScoped
class DeadLetters {
  /// Some of a queue's dead letters, oldest first.
  ///
  /// @param total how many there are in all
  /// @param end the position after the newest one
  record Page(List<DeadLetter> letters, long total, long end) {
    /// Whether there are others behind these.
    boolean more() {
      return !letters.isEmpty() && letters.getLast().position() + 1 < end;
    }
  }

  private final Broker broker;
  private final BrokerSettings brokerSettings;
  private final ProducerSettings settings;

  DeadLetters(Broker broker, BrokerSettings brokerSettings, ProducerSettings settings) {
    this.broker = broker;
    this.brokerSettings = brokerSettings;
    this.settings = settings;
  }

  /// The oldest ones from a position on, fewer than `limit` when they have too many bytes together.
  ///
  /// @throws dev.multipod.kit.problem.Problem 503 `broker-away`
  Page read(QueueDefinition queue, long from, int limit) {
    TopicPartition partition = partition(queue);
    Duration patience = brokerSettings.timeout();
    Map<String, Object> config =
        broker.client(Map.of("auto.offset.reset", "earliest", "allow.auto.create.topics", "false"));
    try (var consumer =
        new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      List<TopicPartition> all = List.of(partition);
      consumer.assign(all);
      long start = consumer.beginningOffsets(all, patience).getOrDefault(partition, 0L);
      long end = consumer.endOffsets(all, patience).getOrDefault(partition, 0L);
      consumer.seek(partition, Math.max(from, start));
      return new Page(read(consumer, partition, end, limit), end - start, end);
    } catch (KafkaException e) {
      throw Broker.away(e);
    }
  }

  private List<DeadLetter> read(
      KafkaConsumer<byte[], byte[]> consumer, TopicPartition partition, long end, int limit) {
    List<DeadLetter> letters = new ArrayList<>();
    long bytes = 0;
    long deadline = System.nanoTime() + brokerSettings.timeout().toNanos();
    while (consumer.position(partition, brokerSettings.timeout()) < end) {
      if (System.nanoTime() > deadline) {
        throw Broker.away("the dead letters could not be read in time");
      }
      for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(200))) {
        bytes += record.value().length;
        boolean tooMany = bytes > settings.deadLettersPage().asLongValue();
        if (record.offset() >= end || letters.size() == limit || (tooMany && !letters.isEmpty())) {
          return letters;
        }
        letters.add(DeadLetter.of(record));
      }
    }
    return letters;
  }

  /// Takes away all that lie before a position.
  ///
  /// @throws dev.multipod.kit.problem.Problem 503 `broker-away`
  void remove(QueueDefinition queue, long before) throws InterruptedException, ExecutionException {
    broker.ask(
        broker
            .admin()
            .deleteRecords(Map.of(partition(queue), RecordsToDelete.beforeOffset(before)))
            .all());
  }

  private static TopicPartition partition(QueueDefinition queue) {
    return new TopicPartition(Topics.deadLetters(queue), 0);
  }
}
