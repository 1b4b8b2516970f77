package dev.multipod.queue;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;

/// A notice that items are about to be handed out: their places in the queue are free.
///
/// The consumer writes it after it acquired the items and before it answers the caller. It is safe
/// to lose (a place is freed when its item is done) and to repeat.
///
/// @param place the queue's [QueueDefinition#place]
/// @param first the offset of the first item
/// @param last the offset of the last item: all between them are taken too
public record Taken(String place, long first, long last) {
  // "dishes/0-7" is one item; "dishes/0-7-9" are three, which an older release does not read: it
  // frees their places when they are done.
  private static final Pattern KEY =
      Pattern.compile("([a-z0-9-]{1,63}(?:\\.\\d{1,9})?)/0-(\\d{1,18})(?:-(\\d{1,18}))?");

  // More than any lease has.
  private static final int MOST = 100_000;

  /// The notice of one item.
  public static Taken of(ConsumerRecord<byte[], byte[]> item) {
    return new Taken(Topics.place(item.topic()), item.offset(), item.offset());
  }

  /// The notices of items that lie in the topic of one queue: one for each run without a gap, so
  /// one for most leases.
  public static List<Taken> of(List<ConsumerRecord<byte[], byte[]>> items) {
    List<Taken> notices = new ArrayList<>();
    if (items.isEmpty()) {
      return notices;
    }
    String place = Topics.place(items.getFirst().topic());
    long[] offsets = items.stream().mapToLong(ConsumerRecord::offset).sorted().toArray();
    int first = 0;
    for (int index = 0; index < offsets.length; index++) {
      if (index + 1 == offsets.length || offsets[index + 1] > offsets[index] + 1) {
        notices.add(new Taken(place, offsets[first], offsets[index]));
        first = index + 1;
      }
    }
    return notices;
  }

  /// The name of the queue.
  public String queue() {
    int dot = place.indexOf('.');
    return dot < 0 ? place : place.substring(0, dot);
  }

  /// The notice as a record.
  ///
  /// @param partitions how many partitions [Topics#TAKEN] has
  public ProducerRecord<byte[], byte[]> record(int partitions) {
    String key = place + "/0-" + first + (last > first ? "-" + last : "");
    return new ProducerRecord<>(
        Topics.TAKEN,
        Topics.partitionOf(queue(), partitions),
        key.getBytes(StandardCharsets.UTF_8),
        new byte[0]);
  }

  /// The notice in a record; empty when it is none.
  public static Optional<Taken> read(ConsumerRecord<byte[], byte[]> record) {
    if (record.key() == null) {
      return Optional.empty();
    }
    Matcher key = KEY.matcher(new String(record.key(), StandardCharsets.UTF_8));
    if (!key.matches()) {
      return Optional.empty();
    }
    long first = Long.parseLong(key.group(2));
    long last = key.group(3) == null ? first : Long.parseLong(key.group(3));
    return last < first || last - first >= MOST
        ? Optional.empty()
        : Optional.of(new Taken(key.group(1), first, last));
  }
}
