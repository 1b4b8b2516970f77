package dev.multipod.consumer;

import dev.multipod.queue.Broker;
import dev.multipod.queue.Directory;
import dev.multipod.queue.ItemHeaders;
import dev.multipod.queue.Taken;
import dev.multipod.queue.Topics;
import io.quarkus.runtime.ShutdownEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/// What the consumer writes: taken notices and dead letters. Both are on the broker when the method
/// returns.
@ApplicationScoped
class Notes {
  private static final int RECORD_BYTES = 2 * 1024 * 1024;

  private final Broker broker;
  private final Directory directory;
  private final ConsumerSettings settings;
  private final ReentrantLock lock = new ReentrantLock();
  private @Nullable KafkaProducer<byte[], byte[]> producer;

  Notes(Broker broker, Directory directory, ConsumerSettings settings) {
    this.broker = broker;
    this.directory = directory;
    this.settings = settings;
  }

  /// Frees the items' places in their queue. Before they are handed out.
  ///
  /// @throws dev.multipod.kit.problem.Problem 503 `broker-away`
  void taken(String queue, List<ConsumerRecord<byte[], byte[]>> items) throws InterruptedException {
    write(
        items.stream()
            .map(item -> new Taken(queue, item.offset()).record(directory.shares()))
            .toList());
  }

  /// Keeps items that are given up. Before they are rejected.
  ///
  /// @param reason `rejected` or `deliveries`
  /// @throws dev.multipod.kit.problem.Problem 503 `broker-away`
  void deadLetters(String queue, List<ConsumerRecord<byte[], byte[]>> items, String reason)
      throws InterruptedException {
    write(items.stream().map(item -> deadLetter(queue, item, reason)).toList());
  }

  private static ProducerRecord<byte[], byte[]> deadLetter(
      String queue, ConsumerRecord<byte[], byte[]> item, String reason) {
    ProducerRecord<byte[], byte[]> letter =
        new ProducerRecord<>(
            Topics.deadLetters(queue), null, item.key(), item.value(), item.headers());
    ItemHeaders.set(letter.headers(), ItemHeaders.ITEM, LeasedItem.id(item));
    ItemHeaders.set(letter.headers(), ItemHeaders.REASON, reason);
    return letter;
  }

  /// Puts an item again, behind all others, that the broker is about to drop. Before it is
  /// rejected.
  ///
  /// @param handOuts how often it was handed out until now
  /// @throws dev.multipod.kit.problem.Problem 503 `broker-away`
  void again(String queue, ConsumerRecord<byte[], byte[]> item, int handOuts)
      throws InterruptedException {
    ProducerRecord<byte[], byte[]> copy =
        new ProducerRecord<>(Topics.items(queue), 0, item.key(), item.value(), item.headers());
    ItemHeaders.set(copy.headers(), ItemHeaders.ITEM, LeasedItem.id(item));
    ItemHeaders.set(copy.headers(), ItemHeaders.HAND_OUTS, String.valueOf(handOuts));
    // The key stays with the put that used it.
    copy.headers().remove(ItemHeaders.KEY);
    copy.headers().remove(ItemHeaders.FINGERPRINT);
    write(List.of(copy));
  }

  void stop(@Observes @jakarta.annotation.Priority(8000) ShutdownEvent event) {
    lock.lock();
    try {
      if (producer != null) {
        producer.close(Duration.ofSeconds(1));
      }
    } finally {
      lock.unlock();
    }
  }

  private void write(List<ProducerRecord<byte[], byte[]>> records) throws InterruptedException {
    try {
      List<Future<RecordMetadata>> sent = new ArrayList<>();
      for (ProducerRecord<byte[], byte[]> record : records) {
        sent.add(producer().send(record));
      }
      for (Future<RecordMetadata> each : sent) {
        broker.ask(each);
      }
    } catch (ExecutionException e) {
      throw Broker.away(String.valueOf(e.getCause()));
    } catch (KafkaException e) {
      throw Broker.away(e.toString());
    }
  }

  private KafkaProducer<byte[], byte[]> producer() {
    lock.lock();
    try {
      KafkaProducer<byte[], byte[]> known = producer;
      if (known == null) {
        int timeout = Math.toIntExact(settings.ackTimeout().toMillis());
        known =
            new KafkaProducer<>(
                broker.client(
                    Map.of(
                        "acks",
                        "all",
                        "linger.ms",
                        0,
                        "max.request.size",
                        RECORD_BYTES,
                        "delivery.timeout.ms",
                        timeout,
                        "request.timeout.ms",
                        Math.max(1, timeout * 3 / 5),
                        "max.block.ms",
                        timeout)),
                new ByteArraySerializer(),
                new ByteArraySerializer());
        producer = known;
      }
      return known;
    } finally {
      lock.unlock();
    }
  }
}
