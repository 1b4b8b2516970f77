package dev.multipod.bench.queue;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/// A share consumer that accepts everything and commits each batch: the most that can be had.
///
/// Usage: `BareConsumer BOOTSTRAP-SERVERS TOPIC WARM-UP-RECORDS RECORDS`; the group has the topic's
/// name. Prints `… records/sec`.
final class BareConsumer {
  private BareConsumer() {}

  public static void main(String[] arguments) {
    long warmUp = Long.parseLong(arguments[2]);
    long all = warmUp + Long.parseLong(arguments[3]);
    Map<String, Object> config =
        Map.of(
            "bootstrap.servers",
            arguments[0],
            "group.id",
            arguments[1],
            "share.acknowledgement.mode",
            "explicit");
    try (var consumer =
        new KafkaShareConsumer<>(
            config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      consumer.subscribe(List.of(arguments[1]));
      long got = 0;
      long counted = 0;
      long start = 0;
      while (got < all) {
        ConsumerRecords<byte[], byte[]> batch = consumer.poll(Duration.ofSeconds(1));
        for (ConsumerRecord<byte[], byte[]> record : batch) {
          consumer.acknowledge(record, AcknowledgeType.ACCEPT);
        }
        consumer.commitSync();
        got += batch.count();
        if (start == 0 && got >= warmUp) {
          start = System.nanoTime();
          counted = got;
        }
      }
      double seconds = (System.nanoTime() - start) / 1e9;
      System.out.printf("%.1f records/sec%n", (got - counted) / seconds);
    }
  }
}
