package dev.multipod.producer;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.multipod.kit.problem.Problem;
import dev.multipod.queue.Broker;
import dev.multipod.queue.BrokerSettings;
import dev.multipod.queue.DeletedQueue;
import dev.multipod.queue.Directory;
import dev.multipod.queue.QueueDefinition;
import dev.multipod.queue.Topics;
import dev.multipod.queue.Trouble;
import jakarta.enterprise.context.ApplicationScoped;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/// Changes of what queues there are, by the owner of their share. Whoever begins a change fences
/// the one before: what that one wrote is seen by this one, or never comes.
@ApplicationScoped
class Definitions {
  /// A change, begun: the directory knows all that was written before.
  interface Change<T> {
    T by(Writer writer) throws InterruptedException, ExecutionException, TermOver;
  }

  /// What a change writes: all of it, or nothing.
  final class Writer {
    private final KafkaProducer<byte[], byte[]> producer;
    private final int share;
    private final Map<String, Optional<Object>> records = new LinkedHashMap<>();
    private OptionalLong written = OptionalLong.empty();

    private Writer(KafkaProducer<byte[], byte[]> producer, int share) {
      this.producer = producer;
      this.share = share;
    }

    Writer define(QueueDefinition queue) {
      records.put(queue.name(), Optional.of(queue));
      return this;
    }

    Writer undefine(QueueDefinition queue) {
      records.put(queue.name(), Optional.empty());
      return this;
    }

    Writer remember(DeletedQueue queue) {
      records.put(queue.key(), Optional.of(queue));
      return this;
    }

    Writer forget(DeletedQueue queue) {
      records.put(queue.key(), Optional.empty());
      return this;
    }

    void commit() throws InterruptedException, ExecutionException {
      producer.beginTransaction();
      for (Map.Entry<String, Optional<Object>> each : records.entrySet()) {
        byte[] key = each.getKey().getBytes(StandardCharsets.UTF_8);
        byte[] value = each.getValue().map(Definitions.this::bytes).orElse(null);
        ProducerRecord<byte[], byte[]> record =
            new ProducerRecord<>(Topics.QUEUES, share, key, value);
        written = OptionalLong.of(broker.ask(producer.send(record)).offset());
      }
      producer.commitTransaction();
      records.clear();
    }
  }

  private final Broker broker;
  private final BrokerSettings settings;
  private final Directory directory;
  private final ObjectMapper json;
  private final ReentrantLock oneAtATime = new ReentrantLock();

  Definitions(Broker broker, BrokerSettings settings, Directory directory, ObjectMapper json) {
    this.broker = broker;
    this.settings = settings;
    this.directory = directory;
    this.json = json;
  }

  /// Makes a change to the queue of a name; the directory knows of it afterwards.
  ///
  /// @throws dev.multipod.kit.problem.Problem 503 `broker-away`: nothing was changed
  /// @throws TermOver when the change may have been made; it is safe to repeat
  <T> T change(String queue, Change<T> change)
      throws InterruptedException, ExecutionException, TermOver {
    int share = Topics.partitionOf(queue, directory.shares());
    T result;
    Optional<Writer> begun = Optional.empty();
    oneAtATime.lock();
    try (KafkaProducer<byte[], byte[]> producer = fenced(share)) {
      directory.catchUp();
      Writer writer = new Writer(producer, share);
      begun = Optional.of(writer);
      result = change.by(writer);
    } catch (KafkaException e) {
      if (begun.isPresent() && begun.get().written.isPresent()) {
        throw new TermOver("while the change was written");
      }
      throw Broker.away(e);
    } finally {
      oneAtATime.unlock();
    }
    OptionalLong written = begun.get().written;
    if (written.isPresent()) {
      try {
        directory.catchUp(share, written.getAsLong());
      } catch (Problem behind) {
        throw new TermOver("before the change was known here: " + Trouble.explain(behind));
      }
    }
    return result;
  }

  private byte[] bytes(Object value) {
    try {
      return json.writeValueAsBytes(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  private KafkaProducer<byte[], byte[]> fenced(int share) {
    int timeout = Math.toIntExact(settings.timeout().toMillis());
    KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            broker.client(
                Map.of(
                    "transactional.id",
                    "multipod.definitions." + share,
                    "transaction.timeout.ms",
                    2 * timeout,
                    "max.block.ms",
                    timeout,
                    "delivery.timeout.ms",
                    timeout,
                    "linger.ms",
                    0,
                    "request.timeout.ms",
                    Math.max(1, timeout / 2))),
            new ByteArraySerializer(),
            new ByteArraySerializer());
    boolean initialised = false;
    try {
      producer.initTransactions();
      initialised = true;
      return producer;
    } finally {
      if (!initialised) {
        producer.close();
      }
    }
  }
}
