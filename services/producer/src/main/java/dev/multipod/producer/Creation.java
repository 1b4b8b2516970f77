package dev.multipod.producer;

import dev.multipod.kit.problem.Problem;
import dev.multipod.queue.Broker;
import dev.multipod.queue.BrokerSettings;
import dev.multipod.queue.DeletedQueue;
import dev.multipod.queue.Directory;
import dev.multipod.queue.Lag;
import dev.multipod.queue.QueueDefinition;
import dev.multipod.queue.Topics;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/// Makes a queue, in an order that leaves nothing half usable: topics, group configuration, group
/// offsets, and last the definition, without which nobody puts or gets. Every step may be repeated.
@ApplicationScoped
class Creation {
  /// @param created false when the queue was there, the same
  record Created(QueueDefinition queue, boolean created) {}

  private static final Duration NOT_YET = Duration.ofMillis(20);

  private final Broker broker;
  private final BrokerSettings brokerSettings;
  private final ProducerSettings settings;
  private final Directory directory;
  private final Definitions definitions;
  private final Groups groups;

  Creation(
      Broker broker,
      BrokerSettings brokerSettings,
      ProducerSettings settings,
      Directory directory,
      Definitions definitions,
      Groups groups) {
    this.broker = broker;
    this.brokerSettings = brokerSettings;
    this.settings = settings;
    this.directory = directory;
    this.definitions = definitions;
    this.groups = groups;
  }

  /// By the owner of the queue's share.
  ///
  /// @throws Problem 409 `queue-exists`, 422 `queue-limits`, 503 `too-many-queues`
  Created create(String name, QueueRequest request)
      throws InterruptedException, ExecutionException, TermOver {
    BrokerLimits limits = BrokerLimits.read(broker);
    limits.define(name, 0, request);
    return definitions.change(
        name,
        writer -> {
          Optional<QueueDefinition> existing = directory.find(name);
          if (existing.isPresent()) {
            QueueDefinition asked = limits.define(name, existing.get().generation(), request);
            return new Created(same(existing.get(), asked), false);
          }
          if (directory.all().size() >= settings.queues()) {
            throw Problem.of(
                    503,
                    "too-many-queues",
                    "There are too many queues",
                    "DELETE what nobody needs, or raise multipod.producer.queues.")
                .with("limit", settings.queues());
          }
          List<DeletedQueue> before = directory.deleted(name);
          int generation =
              before.stream().mapToInt(each -> each.queue().generation() + 1).max().orElse(0);
          QueueDefinition queue = limits.define(name, generation, request);
          make(queue);
          // From now on the queue itself tells its generation.
          before.stream().filter(DeletedQueue::clean).forEach(writer::forget);
          writer.define(queue).commit();
          return new Created(queue, true);
        });
  }

  private void make(QueueDefinition queue) throws InterruptedException, ExecutionException {
    topic(Topics.items(queue));
    topic(Topics.deadLetters(queue));
    groups.configure(queue);
    if (Lag.of(broker, queue).isEmpty()) {
      // Until a share partition has state, its lag is unknown, however much was put.
      startGroup(queue);
    }
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
                    TopicConfig.MAX_MESSAGE_BYTES_CONFIG, String.valueOf(Topics.RECORD_BYTES)));
    try {
      broker.ask(broker.admin().createTopics(List.of(topic)).all());
    } catch (ExecutionException e) {
      if (!(e.getCause() instanceof TopicExistsException)) {
        throw e;
      }
    }
  }

  /// The group's coordinator may hear of a new topic later than we do: it is asked until it has.
  private void startGroup(QueueDefinition queue) throws InterruptedException, ExecutionException {
    long deadline = System.nanoTime() + brokerSettings.timeout().toNanos();
    Map<TopicPartition, Long> first = Map.of(Topics.itemsPartition(queue), 0L);
    while (true) {
      KafkaFuture<Void> set =
          broker.admin().alterShareGroupOffsets(Topics.group(queue), first).all();
      try {
        broker.ask(set);
        return;
      } catch (Problem away) {
        if (!unheardOf(set) || System.nanoTime() - deadline > 0) {
          throw away;
        }
        Thread.sleep(NOT_YET);
      }
    }
  }

  private static boolean unheardOf(KafkaFuture<Void> set) {
    return set.isCompletedExceptionally()
        && set.toCompletionStage().toCompletableFuture().exceptionNow()
            instanceof UnknownTopicOrPartitionException;
  }
}
