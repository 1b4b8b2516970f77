package dev.multipod.producer;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.multipod.kit.problem.Problem;
import dev.multipod.queue.Broker;
import dev.multipod.queue.BrokerSettings;
import dev.multipod.queue.Directory;
import dev.multipod.queue.Lag;
import dev.multipod.queue.QueueDefinition;
import dev.multipod.queue.Topics;
import jakarta.enterprise.context.ApplicationScoped;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/// Makes a queue, in an order that leaves nothing half usable: topics, group configuration, group
/// offsets, and last the definition, without which nobody puts or gets. Every step may be repeated.
@ApplicationScoped
class Creation {
  /// @param created false when the queue was there, the same
  record Created(QueueDefinition queue, boolean created) {}

  private final Broker broker;
  private final BrokerSettings brokerSettings;
  private final ProducerSettings settings;
  private final Directory directory;
  private final ObjectMapper json;
  private final ReentrantLock oneAtATime = new ReentrantLock();

  Creation(
      Broker broker,
      BrokerSettings brokerSettings,
      ProducerSettings settings,
      Directory directory,
      ObjectMapper json) {
    this.broker = broker;
    this.brokerSettings = brokerSettings;
    this.settings = settings;
    this.directory = directory;
    this.json = json;
  }

  /// By the owner of the queue's share.
  ///
  /// @throws Problem 409 `queue-exists`, 422 `queue-limits`, 503 `too-many-queues`
  Created create(String name, QueueRequest request)
      throws InterruptedException, ExecutionException {
    QueueDefinition queue = BrokerLimits.read(broker).define(name, request);
    int share = Topics.partitionOf(name, directory.shares());
    oneAtATime.lock();
    try (KafkaProducer<byte[], byte[]> definitions = fenced(share)) {
      // Whoever created before is fenced: what it defined is seen by this, or never comes.
      directory.catchUp();
      Optional<QueueDefinition> existing = directory.find(name);
      if (existing.isPresent()) {
        return new Created(same(existing.get(), queue), false);
      }
      if (directory.all().size() >= settings.queues()) {
        throw Problem.of(
                503,
                "too-many-queues",
                "There are too many queues",
                "Raise multipod.producer.queues.")
            .with("limit", settings.queues());
      }
      topic(Topics.items(name));
      topic(Topics.deadLetters(name));
      configureGroup(queue);
      if (Lag.of(broker, name).isEmpty()) {
        // Until a share partition has state, its lag is unknown, however much was put.
        broker.ask(
            broker
                .admin()
                .alterShareGroupOffsets(Topics.group(name), Map.of(Topics.itemsPartition(name), 0L))
                .all());
      }
      define(definitions, share, queue);
    } catch (KafkaException e) {
      throw Broker.away(e.toString());
    } finally {
      oneAtATime.unlock();
    }
    directory.catchUp();
    return new Created(queue, true);
  }

  private static QueueDefinition same(QueueDefinition existing, QueueDefinition asked) {
    if (existing.equals(asked)) {
      return existing;
    }
    throw Problem.of(
            409,
            "queue-exists",
            "The queue exists and is another one",
            "Use another name, or ask for what the queue is: %s.".formatted(existing))
        .with("queue", existing);
  }

  private KafkaProducer<byte[], byte[]> fenced(int share) {
    int timeout = Math.toIntExact(brokerSettings.timeout().toMillis());
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

  private void topic(String name) throws InterruptedException, ExecutionException {
    Optional<Short> replication =
        brokerSettings.replication().stream().boxed().map(Integer::shortValue).findFirst();
    NewTopic topic =
        new NewTopic(name, Optional.of(1), replication)
            .configs(
                Map.of(
                    // An item is never too old; the owner cuts finished ones off.
                    TopicConfig.RETENTION_MS_CONFIG, "-1",
                    TopicConfig.RETENTION_BYTES_CONFIG, "-1",
                    TopicConfig.MAX_MESSAGE_BYTES_CONFIG, String.valueOf(ItemLimits.RECORD_BYTES)));
    try {
      broker.ask(broker.admin().createTopics(List.of(topic)).all());
    } catch (ExecutionException e) {
      if (!(e.getCause() instanceof TopicExistsException)) {
        throw e;
      }
    }
  }

  private void configureGroup(QueueDefinition queue)
      throws InterruptedException, ExecutionException {
    Map<String, String> config =
        Map.of(
            "share.auto.offset.reset", "earliest",
            "share.isolation.level", "read_uncommitted",
            "share.record.lock.duration.ms", String.valueOf(queue.lease().toMillis()));
    List<AlterConfigOp> steps =
        config.entrySet().stream()
            .map(
                entry ->
                    new AlterConfigOp(
                        new ConfigEntry(entry.getKey(), entry.getValue()),
                        AlterConfigOp.OpType.SET))
            .toList();
    ConfigResource group =
        new ConfigResource(ConfigResource.Type.GROUP, Topics.group(queue.name()));
    broker.ask(broker.admin().incrementalAlterConfigs(Map.of(group, steps)).all());
  }

  private void define(KafkaProducer<byte[], byte[]> definitions, int share, QueueDefinition queue)
      throws InterruptedException, ExecutionException {
    byte[] value;
    try {
      value = json.writeValueAsBytes(queue);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
    definitions.beginTransaction();
    broker.ask(
        definitions.send(
            new ProducerRecord<>(
                Topics.QUEUES, share, queue.name().getBytes(StandardCharsets.UTF_8), value)));
    definitions.commitTransaction();
  }
}
