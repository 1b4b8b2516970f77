package dev.multipod.consumer;

import dev.multipod.queue.ItemHeaders;
import dev.multipod.queue.ItemId;
import dev.multipod.queue.QueueDefinition;
import java.time.Duration;
import java.time.Instant;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/// An item in somebody's hands.
///
/// @param id `<replica>.<random>`: any replica can tell who holds it
/// @param deliveries how often the item was handed out, this time included
/// @param until when it goes to somebody else, unless renewed
record Lease(
    String id,
    QueueDefinition queue,
    ConsumerRecord<byte[], byte[]> item,
    int deliveries,
    Instant until) {

  String itemId() {
    return itemId(item);
  }

  /// An item's id, which stays the same when the item is put again.
  static String itemId(ConsumerRecord<byte[], byte[]> item) {
    return ItemHeaders.get(item.headers(), ItemHeaders.ITEM)
        .orElseGet(() -> new ItemId(item.partition(), item.offset()).toString());
  }

  /// Where it is acknowledged: `/done`, `/release`, `/reject` and `/renew` follow.
  String ackUrl() {
    return "/consumer/queues/%s/leases/%s".formatted(queue.name(), id);
  }

  Lease until(Instant later) {
    return new Lease(id, queue, item, deliveries, later);
  }

  /// The end of a lease that begins or is renewed now.
  static Instant end(QueueDefinition queue, Duration margin) {
    return Instant.now().plus(queue.lease()).minus(margin);
  }
}
