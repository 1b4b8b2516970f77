package dev.multipod.producer;

import dev.multipod.queue.Broker;
import dev.multipod.queue.QueueDefinition;
import dev.multipod.queue.Topics;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;

/// Looks for the markers of a term's transactions, which the broker writes a moment after it has
/// confirmed their ends. One that nobody knew of would count as an unfinished item until somebody
/// gets. For one thread.
final class Markers {
  private final Broker broker;
  private final Duration patience;
  // Topics whose marker was not seen yet, and the offset of the last item before it.
  private final Map<String, Long> coming = new HashMap<>();

  Markers(Broker broker, ProducerSettings settings) {
    this.broker = broker;
    this.patience = settings.sendTimeout();
  }

  /// @param ended topics that get a marker, and the offset of the last item before it
  void follow(Map<String, Long> ended, Collection<Admission> admissions) {
    coming.putAll(ended);
    if (coming.isEmpty()) {
      return;
    }
    Map<String, Admission> topics = new HashMap<>();
    admissions.forEach(admission -> topics.put(Topics.items(admission.queue()), admission));
    coming.keySet().retainAll(topics.keySet());
    KafkaConsumer<byte[], byte[]> consumer = AdmissionReader.consumer(broker);
    try {
      coming
          .entrySet()
          .removeIf(
              each -> {
                Admission admission = Objects.requireNonNull(topics.get(each.getKey()));
                Optional<Set<Long>> found = find(consumer, admission.queue(), each.getValue());
                found.ifPresent(admission.markers()::addAll);
                return found.isPresent();
              });
    } finally {
      consumer.close(CloseOptions.timeout(Duration.ofMillis(100)));
    }
  }

  /// The offsets behind an item that are no items.
  ///
  /// @return empty while there is none; none in it when what was behind the item is cut off
  private Optional<Set<Long>> find(
      KafkaConsumer<byte[], byte[]> consumer, QueueDefinition queue, long item) {
    TopicPartition partition = Topics.itemsPartition(queue);
    List<TopicPartition> only = List.of(partition);
    consumer.assign(only);
    long end = consumer.endOffsets(only, patience).getOrDefault(partition, 0L);
    long next = item + 1;
    if (consumer.beginningOffsets(only, patience).getOrDefault(partition, 0L) > next) {
      return Optional.of(Set.of());
    }
    Set<Long> markers = new HashSet<>();
    consumer.seek(partition, next);
    long deadline = System.nanoTime() + patience.toNanos();
    while (consumer.position(partition, patience) < end) {
      if (System.nanoTime() > deadline) {
        throw Broker.away("the end of queue '%s' could not be read".formatted(queue.name()));
      }
      for (ConsumerRecord<byte[], byte[]> later : consumer.poll(Duration.ofMillis(200))) {
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
