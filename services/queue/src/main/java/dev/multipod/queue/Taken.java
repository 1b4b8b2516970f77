package dev.multipod.queue;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;

/// A notice that an item is about to be handed out: its place in the queue is free.
///
/// The consumer writes it after it acquired the item and before it answers the caller. It is safe
/// to lose (the place is freed when the item is done) and to repeat.
public record Taken(String queue, long offset) {
  private static final Pattern KEY = Pattern.compile("([a-z0-9-]{1,63})/0-(\\d{1,18})");

  /// The notice as a record.
  ///
  /// @param partitions how many partitions [Topics#TAKEN] has
  public ProducerRecord<byte[], byte[]> record(int partitions) {
    String key = queue + "/" + new ItemId(0, offset);
    return new ProducerRecord<>(
        Topics.TAKEN,
        Topics.partitionOf(queue, partitions),
        key.getBytes(StandardCharsets.UTF_8),
        new byte[0]);
  }

  /// The notice in a record; empty when it is none.
  public static Optional<Taken> read(ConsumerRecord<byte[], byte[]> record) {
    if (record.key() == null) {
      return Optional.empty();
    }
    Matcher key = KEY.matcher(new String(record.key(), StandardCharsets.UTF_8));
    return key.matches()
        ? Optional.of(new Taken(key.group(1), Long.parseLong(key.group(2))))
        : Optional.empty();
  }
}
