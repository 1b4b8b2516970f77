package dev.multipod.consumer;

import dev.multipod.queue.Broker;
import dev.multipod.queue.Directory;
import dev.multipod.queue.Finished;
import dev.multipod.queue.ItemHeaders;
import dev.multipod.queue.Putter;
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
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/// What the consumer writes: taken notices, dead letters, and items that are put again, which are
/// on the broker when the method returns; and notices of ends, for which nobody waits.
@ApplicationScoped
class Notes {
  private static final Logger LOG = Logger.getLogger(Notes.class);

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
  void taken(List<ConsumerRecord<byte[], byte[]>> items) throws InterruptedException {
    write(Taken.of(items).stream().map(notice -> notice.record(directory.shares())).toList());
  }

  /// Tells those who wait for their own items that some are finished. After the broker confirmed
  /// it. Nobody waits for this notice: if it is lost, they are told later, by the broker's count.
  ///
  /// Never throws: what is confirmed stays so.
  void finished(List<ConsumerRecord<byte[], byte[]>> items) {
    try {
      for (ConsumerRecord<byte[], byte[]> item : items) {
        if (Putter.isNamed(item)
            && producer().send(Finished.record(item, directory.shares())).state()
                == Future.State.FAILED) {
          // Each of the others would take as long to fail.
          LOG.warnf("event=finish-not-told items=%d", items.size());
          return;
        }
      }
    } catch (KafkaException | IllegalStateException e) {
      LOG.warnf("event=finish-not-told cause=%s", e);
    }
  }

  /// Keeps items that are given up. Before they are rejected.
  ///
  /// @param reason `rejected` or `deliveries`
  /// @throws dev.multipod.kit.problem.Problem 503 `broker-away`
  void deadLetters(List<LeasedItem> items, String reason) throws InterruptedException {
    write(items.stream().map(item -> deadLetter(item, reason)).toList());
  }

  private static ProducerRecord<byte[], byte[]> deadLetter(LeasedItem item, String reason) {
    ConsumerRecord<byte[], byte[]> record = item.record();
    ProducerRecord<byte[], byte[]> letter =
        new ProducerRecord<>(
            Topics.deadLetters(record.topic()),
            null,
            record.key(),
            record.value(),
            record.headers());
    ItemHeaders.set(letter.headers(), ItemHeaders.ITEM, item.id());
    ItemHeaders.set(letter.headers(), ItemHeaders.REASON, reason);
    ItemHeaders.set(letter.headers(), ItemHeaders.HAND_OUTS, String.valueOf(item.deliveries()));
    return letter;
  }

  /// Puts an item again, behind all others, that the broker is about to drop. Before it is
  /// rejected.
  ///
  /// @param handOuts how often it was handed out until now
  /// @throws dev.multipod.kit.problem.Problem 503 `broker-away`
  void again(ConsumerRecord<byte[], byte[]> item, int handOuts) throws InterruptedException {
    ProducerRecord<byte[], byte[]> copy =
        new ProducerRecord<>(item.topic(), 0, item.key(), item.value(), item.headers());
    ItemHeaders.set(copy.headers(), ItemHeaders.ITEM, LeasedItem.id(item));
    ItemHeaders.set(copy.headers(), ItemHeaders.HAND_OUTS, String.valueOf(handOuts));
    // The keys stay with the put that used them.
    copy.headers().remove(ItemHeaders.KEY);
    copy.headers().remove(ItemHeaders.REDRIVE);
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
    KafkaProducer<byte[], byte[]> current = producer();
    try {
      List<Future<RecordMetadata>> sent = new ArrayList<>();
      for (ProducerRecord<byte[], byte[]> record : records) {
        sent.add(current.send(record));
      }
      for (Future<RecordMetadata> each : sent) {
        broker.ask(each);
      }
    } catch (ExecutionException e) {
      throw Broker.away(e);
    } catch (InterruptException e) {
      throw Broker.away(e);
    } catch (KafkaException e) {
      discard(current);
      throw Broker.away(e);
    }
  }

  /// A producer that has once failed for good takes no record any more, also when what it failed of
  /// is mended: the broker's refusal of its credentials, for example.
  private void discard(KafkaProducer<byte[], byte[]> failed) {
    lock.lock();
    try {
      if (failed.equals(producer)) {
        producer = null;
        Thread.ofVirtual().name("notes-close").start(() -> failed.close(Duration.ZERO));
      }
    } finally {
      lock.unlock();
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
                        Topics.RECORD_BYTES,
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
