package dev.multipod.consumer;

import dev.multipod.queue.ItemHeaders;
import dev.multipod.queue.Taken;
import dev.multipod.queue.Topics;
import dev.multipod.testkit.Await;
import dev.multipod.testkit.KafkaBroker;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/// Follows the topics of a queue and the taken notices as they are written: both are cut off when
/// nobody needs them any more. It reaches the broker by itself, without a proxy between.
final class Witness implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Duration LISTEN = Duration.ofMillis(100);

  private final TopicPartition items;
  private final TopicPartition letters;
  private final String queue;
  private final KafkaConsumer<byte[], byte[]> consumer;
  private final List<History.Item> itemsSeen = new ArrayList<>();
  private final List<History.Letter> lettersSeen = new ArrayList<>();
  private final Map<Long, History.Notices> taken = new HashMap<>();
  private final CompletableFuture<History.Sighting> sighting = new CompletableFuture<>();
  private volatile boolean enough;

  /// Begins to look at a queue that is there, and into which nothing was put yet.
  Witness(KafkaBroker broker, String queue) {
    this.queue = queue;
    this.items = new TopicPartition("multipod.queue." + queue, 0);
    this.letters = new TopicPartition("multipod.queue." + queue + ".dlq", 0);
    this.consumer =
        new KafkaConsumer<>(
            Map.of(
                "bootstrap.servers",
                broker.bootstrapServers(),
                // Who misses something says so.
                "auto.offset.reset",
                "none"),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer());
    Await.until("the topics of " + queue + " are seen", PATIENCE, this::begin);
    Thread.ofPlatform().daemon().name("witness").start(this::follow);
  }

  private boolean begin() {
    List<TopicPartition> all = new ArrayList<>(List.of(items, letters));
    consumer
        .partitionsFor(Topics.TAKEN)
        .forEach(share -> all.add(new TopicPartition(Topics.TAKEN, share.partition())));
    consumer.assign(all);
    consumer.seekToBeginning(List.of(items, letters));
    consumer.seekToEnd(all.subList(2, all.size()));
    // Asks where that is, now.
    all.forEach(consumer::position);
    return true;
  }

  /// All that was written until now.
  History.Sighting sighting() {
    enough = true;
    return sighting.join();
  }

  private void follow() {
    try {
      Map<TopicPartition, Long> ends = Map.of();
      long deadline = Long.MAX_VALUE;
      while (ends.isEmpty() || !haveReached(ends)) {
        consumer.poll(LISTEN).forEach(this::note);
        if (enough && ends.isEmpty()) {
          ends = ends();
        }
        if (enough && deadline == Long.MAX_VALUE) {
          deadline = System.nanoTime() + PATIENCE.toNanos();
        }
        if (System.nanoTime() > deadline) {
          throw new AssertionError("not read to " + ends);
        }
      }
      sighting.complete(new History.Sighting(itemsSeen, taken, lettersSeen));
    } catch (RuntimeException | AssertionError e) {
      sighting.completeExceptionally(e);
    } finally {
      consumer.close();
    }
  }

  private boolean haveReached(Map<TopicPartition, Long> ends) {
    return ends.entrySet().stream()
        .allMatch(end -> consumer.position(end.getKey()) >= end.getValue());
  }

  /// Nothing while the broker cannot tell.
  private Map<TopicPartition, Long> ends() {
    try {
      return consumer.endOffsets(consumer.assignment(), Duration.ofSeconds(2));
    } catch (TimeoutException e) {
      return Map.of();
    }
  }

  private void note(ConsumerRecord<byte[], byte[]> record) {
    if (record.topic().equals(items.topic())) {
      itemsSeen.add(
          new History.Item(
              record.offset(),
              header(record, ItemHeaders.ITEM).orElse("0-" + record.offset()),
              text(record),
              record.timestamp(),
              header(record, ItemHeaders.HAND_OUTS).isPresent()));
    } else if (record.topic().equals(letters.topic())) {
      lettersSeen.add(
          new History.Letter(
              header(record, ItemHeaders.ITEM).orElseThrow(),
              text(record),
              header(record, ItemHeaders.REASON).orElseThrow(),
              Integer.parseInt(header(record, ItemHeaders.HAND_OUTS).orElseThrow())));
    } else {
      Taken.read(record)
          .filter(notice -> notice.place().equals(queue))
          .ifPresent(
              notice -> {
                for (long offset = notice.first(); offset <= notice.last(); offset++) {
                  taken.merge(
                      offset,
                      new History.Notices(record.timestamp(), 1),
                      (one, other) ->
                          new History.Notices(
                              Math.min(one.first(), other.first()), one.count() + other.count()));
                }
              });
    }
  }

  private static String text(ConsumerRecord<byte[], byte[]> record) {
    return new String(record.value(), StandardCharsets.UTF_8);
  }

  private static Optional<String> header(ConsumerRecord<byte[], byte[]> record, String name) {
    return ItemHeaders.get(record.headers(), name);
  }

  @Override
  public void close() {
    enough = true;
  }
}
