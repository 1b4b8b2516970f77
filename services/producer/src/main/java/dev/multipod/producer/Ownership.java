package dev.multipod.producer;

import dev.multipod.kit.replica.Replica;
import dev.multipod.kit.wait.Signal;
import dev.multipod.queue.Broker;
import dev.multipod.queue.Directory;
import dev.multipod.queue.Topics;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jboss.logging.Logger;

/// Which shares this replica owns. Kafka decides: a share is a partition of the topic of
/// definitions, and its owner is whom the group of the producers gives it to. No record is read
/// through this consumer; a replica that gives no sign of life loses its shares.
///
/// Two replicas may believe for a moment that they own a share. The broker takes items only from
/// the later one ([FencedProducer]).
@ApplicationScoped
class Ownership {
  private static final Logger LOG = Logger.getLogger(Ownership.class);

  private final Broker broker;
  private final Directory directory;
  private final ProducerSettings settings;
  private final ProducerMetrics metrics;
  private final Replica replica;
  private final Map<Integer, Share> shares = new ConcurrentHashMap<>();
  private final Signal changed = new Signal();
  private volatile boolean stopping;
  private volatile Optional<Thread> member = Optional.empty();

  Ownership(
      Broker broker,
      Directory directory,
      ProducerSettings settings,
      ProducerMetrics metrics,
      Replica replica) {
    this.broker = broker;
    this.directory = directory;
    this.settings = settings;
    this.metrics = metrics;
    this.replica = replica;
  }

  /// The current term over a share, if this replica has one that admits.
  Optional<Term> term(int share) {
    return Optional.ofNullable(shares.get(share))
        .flatMap(Share::term)
        .filter(term -> !term.isOver());
  }

  /// Raised when a term begins or ends.
  Signal changed() {
    return changed;
  }

  void start(@Observes StartupEvent event) {
    member = Optional.of(Thread.ofPlatform().daemon().name("ownership").start(this::run));
  }

  /// Leaves the group, so that the others take over at once.
  void stop(@Observes ShutdownEvent event) throws InterruptedException {
    stopping = true;
    if (member.isPresent()) {
      member.get().join(Duration.ofSeconds(3));
    }
  }

  private void run() {
    try {
      broker.await();
      while (!stopping) {
        try {
          take();
        } catch (WakeupException e) {
          return;
        } catch (RuntimeException e) {
          LOG.warnf("event=ownership-interrupted cause=%s", e);
          Thread.sleep(Duration.ofSeconds(1));
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void take() {
    int session = Math.toIntExact(settings.session().toMillis());
    Map<String, Object> config =
        broker.client(
            Map.of(
                "group.id",
                Topics.OWNERS_GROUP,
                "group.protocol",
                "classic",
                "client.id",
                replica.name(),
                "session.timeout.ms",
                session,
                "heartbeat.interval.ms",
                session / 4,
                "partition.assignment.strategy",
                CooperativeStickyAssignor.class.getName(),
                "enable.auto.commit",
                "false",
                "auto.offset.reset",
                "earliest",
                "allow.auto.create.topics",
                "false"));
    try (var consumer =
        new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      consumer.subscribe(
          List.of(Topics.QUEUES),
          new ConsumerRebalanceListener() {
            @Override
            public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
              consumer.pause(partitions);
              begin(numbers(partitions));
            }

            @Override
            public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
              end(numbers(partitions));
            }
          });
      while (!stopping) {
        consumer.poll(Duration.ofMillis(100));
      }
    } finally {
      end(new HashSet<>(shares.keySet()));
    }
  }

  private static Set<Integer> numbers(Collection<TopicPartition> partitions) {
    Set<Integer> numbers = new HashSet<>();
    partitions.forEach(partition -> numbers.add(partition.partition()));
    return numbers;
  }

  private void begin(Set<Integer> numbers) {
    LOG.infof("event=shares-assigned shares=%s", numbers);
    for (int number : numbers) {
      Share share = new Share(number, this::open, changed);
      Optional.ofNullable(shares.put(number, share)).ifPresent(Share::leave);
      share.start();
    }
  }

  private void end(Set<Integer> numbers) {
    LOG.infof("event=shares-revoked shares=%s", numbers);
    for (int number : numbers) {
      Optional.ofNullable(shares.remove(number)).ifPresent(Share::leave);
    }
    changed.raise();
  }

  private Term open(int number) throws Exception {
    return new Term(
        number,
        broker,
        directory,
        settings,
        metrics,
        () -> {
          try {
            directory.catchUp();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw Broker.away("interrupted");
          }
          int all = directory.shares();
          return directory.all().stream()
              .filter(queue -> Topics.partitionOf(queue.name(), all) == number)
              .toList();
        });
  }
}
