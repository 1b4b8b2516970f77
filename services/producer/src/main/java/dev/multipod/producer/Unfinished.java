package dev.multipod.producer;

import dev.multipod.queue.Broker;
import dev.multipod.queue.Lag;
import dev.multipod.queue.QueueDefinition;
import dev.multipod.queue.Topics;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/// How many items of a queue are not done. Zero is the broker's own word, never a calculation.
@ApplicationScoped
class Unfinished {
  private static final Duration SWEEP = Duration.ofMillis(1500);

  private final Broker broker;
  private final Set<QueueDefinition> swept = ConcurrentHashMap.newKeySet();

  Unfinished(Broker broker) {
    this.broker = broker;
  }

  /// The count; empty when the broker cannot tell.
  ///
  /// @throws dev.multipod.kit.problem.Problem 503 `broker-away`
  OptionalLong of(Admission admission) throws InterruptedException {
    Optional<Lag> lag = lag(admission);
    if (lag.isPresent() && onlyMarkersMayBeLeft(admission, lag.get())) {
      sweep(admission, lag.get());
      lag = lag(admission);
    }
    if (lag.isEmpty()) {
      return OptionalLong.empty();
    }
    if (lag.get().records() == 0) {
      return OptionalLong.of(0);
    }
    // Not from what we know to be queued: notices may be on their way. A marker that was passed
    // without a notice can make the count one too small, but never zero.
    return OptionalLong.of(Math.max(1, items(admission, lag.get())));
  }

  private Optional<Lag> lag(Admission admission) throws InterruptedException {
    try {
      return Lag.of(broker, admission.queue());
    } catch (ExecutionException e) {
      if (e.getCause() instanceof GroupIdNotFoundException) {
        return Optional.empty();
      }
      throw Broker.away(e);
    }
  }

  /// How many items are unfinished, as far as it is known which records are none: for a gauge. A
  /// join asks the broker.
  static long items(Admission admission, Lag lag) {
    return Math.max(0, lag.records() - markersIn(admission, lag));
  }

  private static long markersIn(Admission admission, Lag lag) {
    return admission.markers().stream().filter(marker -> marker >= lag.start()).count();
  }

  private static boolean onlyMarkersMayBeLeft(Admission admission, Lag lag) {
    return lag.records() > 0
        && lag.records() <= markersIn(admission, lag)
        && admission.backlog().queued() == 0;
  }

  /// Passes the markers as a consumer of the queue would, which nobody does while nobody gets. An
  /// item that comes instead (given back this very moment) is given back again.
  private void sweep(Admission admission, Lag before) throws InterruptedException {
    QueueDefinition queue = admission.queue();
    if (!swept.add(queue)) {
      return;
    }
    Set<Long> expected = new HashSet<>(admission.markers());
    Map<String, Object> config =
        broker.client(
            Map.of(
                "group.id",
                Topics.group(queue),
                "share.acknowledgement.mode",
                "explicit",
                "share.acquire.mode",
                "record_limit",
                "max.poll.records",
                1,
                "fetch.max.wait.ms",
                100));
    try (var consumer =
        new KafkaShareConsumer<>(
            config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      consumer.subscribe(List.of(Topics.items(queue)));
      long deadline = System.nanoTime() + SWEEP.toNanos();
      long records = before.records();
      while (records > 0 && System.nanoTime() < deadline) {
        for (ConsumerRecord<byte[], byte[]> item : consumer.poll(Duration.ofMillis(150))) {
          consumer.acknowledge(item, AcknowledgeType.RELEASE);
          consumer.commitSync(Duration.ofSeconds(1));
          return;
        }
        records = lag(admission).map(Lag::records).orElse(0L);
      }
      // Whatever markers there were, a consumer that waited this long has passed them.
      admission.markers().removeAll(expected);
    } catch (KafkaException e) {
      throw Broker.away(e);
    } finally {
      swept.remove(queue);
    }
  }
}
