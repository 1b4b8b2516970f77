package dev.multipod.producer;

import dev.multipod.kit.problem.Problem;
import dev.multipod.queue.Broker;
import dev.multipod.queue.Topics;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.jboss.logging.Logger;

/// Looks for the markers of a term's transactions, which the broker writes a moment after it has
/// confirmed their ends. One that nobody knew of would count as an unfinished item until somebody
/// gets. For one thread, which hears of taken items too: never for long.
final class Markers {
  private static final Logger LOG = Logger.getLogger(Markers.class);
  private static final int AT_ONCE = 8;
  private static final Duration PAUSE = Duration.ofMillis(100);
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  /// A marker that was not seen yet.
  ///
  /// @param item the offset of the last item before it
  private record Coming(long item, long since) {}

  private final Broker broker;
  private final Duration patience;
  // By topic. Those that were looked for go behind the others.
  private final Map<String, Coming> coming = new LinkedHashMap<>();
  private long looked = System.nanoTime() - PAUSE.toNanos();

  Markers(Broker broker, ProducerSettings settings) {
    this.broker = broker;
    this.patience = settings.sendTimeout();
  }

  /// @param ended topics that get a marker, and the offset of the last item before it
  void follow(Map<String, Long> ended, Collection<Admission> admissions) {
    long now = System.nanoTime();
    ended.forEach((topic, item) -> coming.put(topic, new Coming(item, now)));
    if (coming.isEmpty() || now - looked < PAUSE.toNanos()) {
      return;
    }
    looked = now;
    Map<String, Admission> topics = new HashMap<>();
    admissions.forEach(admission -> topics.put(Topics.items(admission.queue()), admission));
    coming.keySet().retainAll(topics.keySet());
    if (coming.values().removeIf(each -> now - each.since > PATIENCE.toNanos())) {
      LOG.warn("event=marker-unseen: joins of its queue may wait until somebody gets from it");
    }
    KafkaConsumer<byte[], byte[]> consumer = AdmissionReader.consumer(broker);
    try {
      for (String topic : coming.keySet().stream().limit(AT_ONCE).toList()) {
        look(consumer, topic, Objects.requireNonNull(topics.get(topic)));
      }
    } catch (KafkaException | Problem e) {
      LOG.debugf("event=marker-unseen cause=%s", e);
    } finally {
      consumer.close(CloseOptions.timeout(PAUSE));
    }
  }

  private void look(Consumer<byte[], byte[]> consumer, String topic, Admission admission) {
    Coming each = Objects.requireNonNull(coming.get(topic));
    Optional<Set<Long>> found =
        find(consumer, Topics.itemsPartition(admission.queue()), each.item, patience);
    coming.remove(topic);
    if (found.isPresent()) {
      admission.markers().addAll(found.get());
    } else {
      coming.put(topic, each);
    }
  }

  /// The offsets behind an item that are no items.
  ///
  /// @return empty while there is none; none in it when what was behind the item is cut off
  static Optional<Set<Long>> find(
      Consumer<byte[], byte[]> consumer, TopicPartition items, long item, Duration patience) {
    List<TopicPartition> only = List.of(items);
    consumer.assign(only);
    long end = consumer.endOffsets(only, patience).getOrDefault(items, 0L);
    long next = item + 1;
    if (consumer.beginningOffsets(only, patience).getOrDefault(items, 0L) > next) {
      return Optional.of(Set.of());
    }
    Set<Long> markers = new HashSet<>();
    consumer.seek(items, next);
    long deadline = System.nanoTime() + patience.toNanos();
    while (consumer.position(items, patience) < end) {
      if (System.nanoTime() > deadline) {
        throw Broker.away("the end of '%s' could not be read".formatted(items.topic()));
      }
      for (ConsumerRecord<byte[], byte[]> later : consumer.poll(PAUSE)) {
        for (; next < later.offset(); next++) {
          markers.add(next);
        }
        next++;
      }
    }
    for (; next < end; next++) {
      markers.add(next);
    }
    return markers.isEmpty() ? Optional.empty() : Optional.of(markers);
  }
}
