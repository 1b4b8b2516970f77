package dev.multipod.producer;

import dev.multipod.kit.problem.Problem;
import dev.multipod.queue.Broker;
import dev.multipod.queue.Topics;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Queue;
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
  private record Coming(String topic, long item, long since) {}

  private final Broker broker;
  private final Duration patience;
  private final Queue<Coming> coming = new ArrayDeque<>();
  private long looked = System.nanoTime() - PAUSE.toNanos();

  Markers(Broker broker, ProducerSettings settings) {
    this.broker = broker;
    this.patience = settings.sendTimeout();
  }

  /// @param ended topics that get a marker, and the offset of the last item before it
  void follow(Map<String, Long> ended, Collection<Admission> admissions) {
    long now = System.nanoTime();
    ended.forEach((topic, item) -> coming.add(new Coming(topic, item, now)));
    if (coming.isEmpty() || now - looked < PAUSE.toNanos()) {
      return;
    }
    looked = now;
    Map<String, Admission> topics = new HashMap<>();
    admissions.forEach(admission -> topics.put(Topics.items(admission.queue()), admission));
    coming.removeIf(each -> !topics.containsKey(each.topic));
    KafkaConsumer<byte[], byte[]> consumer = AdmissionReader.consumer(broker);
    try {
      for (int left = Math.min(AT_ONCE, coming.size()); left > 0; left--) {
        Coming next = coming.element();
        boolean found = look(consumer, next, Objects.requireNonNull(topics.get(next.topic)));
        coming.remove();
        if (!found && now - next.since < PATIENCE.toNanos()) {
          coming.add(next);
        } else if (!found) {
          LOG.warnf(
              "event=marker-unseen topic=%s: a join may wait until somebody gets from it",
              next.topic);
        }
      }
    } catch (KafkaException | Problem e) {
      LOG.debugf("event=marker-unread cause=%s", e);
    } finally {
      consumer.close(CloseOptions.timeout(PAUSE));
    }
  }

  private boolean look(Consumer<byte[], byte[]> consumer, Coming marker, Admission admission) {
    TopicPartition items = Topics.itemsPartition(admission.queue());
    Optional<Set<Long>> found = find(consumer, items, marker.item, patience);
    found.ifPresent(admission.markers()::addAll);
    return found.isPresent();
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
