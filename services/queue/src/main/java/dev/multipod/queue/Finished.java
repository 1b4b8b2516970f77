package dev.multipod.queue;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;

/// A notice that an item is finished: done, or among the dead letters. The broker tells only up to
/// where all items are finished, which is late for whoever asks for some of them.
///
/// The consumer writes it, for an item whose putter has a name, after the broker has confirmed the
/// item's end. It is safe to lose: then whoever waits for the item waits for those before it too.
///
/// @param place the queue's [QueueDefinition#place]
public record Finished(String place, long offset) {
  private static final Pattern KEY =
      Pattern.compile("([a-z0-9-]{1,63}(?:\\.\\d{1,9})?)/0-(\\d{1,18})/finished");

  /// The notice as a record, next to the [Taken] ones, which it is not taken for.
  ///
  /// @param partitions how many partitions [Topics#TAKEN] has
  public static ProducerRecord<byte[], byte[]> record(
      ConsumerRecord<byte[], byte[]> item, int partitions) {
    Taken taken = Taken.of(item);
    String key = taken.place() + "/0-" + taken.first() + "/finished";
    return new ProducerRecord<>(
        Topics.TAKEN,
        Topics.partitionOf(taken.queue(), partitions),
        key.getBytes(StandardCharsets.UTF_8),
        new byte[0]);
  }

  /// The notice in a record; empty when it is none.
  public static Optional<Finished> read(ConsumerRecord<byte[], byte[]> record) {
    if (record.key() == null) {
      return Optional.empty();
    }
    Matcher key = KEY.matcher(new String(record.key(), StandardCharsets.UTF_8));
    return key.matches()
        ? Optional.of(new Finished(key.group(1), Long.parseLong(key.group(2))))
        : Optional.empty();
  }
}
