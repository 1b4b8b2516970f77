package dev.multipod.consumer;

import dev.multipod.queue.ItemHeaders;
import dev.multipod.queue.ItemId;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/// One item of a lease.
///
/// @param number its place in the lease, from 1
/// @param deliveries how often the item was handed out, this time included
/// @param id the item's, which stays the same when the item is put again
record LeasedItem(int number, ConsumerRecord<byte[], byte[]> record, int deliveries, String id) {
  LeasedItem(int number, ConsumerRecord<byte[], byte[]> record, int deliveries) {
    this(number, record, deliveries, id(record));
  }

  /// An item's id.
  static String id(ConsumerRecord<byte[], byte[]> item) {
    return ItemHeaders.get(item.headers(), ItemHeaders.ITEM)
        .orElseGet(() -> ItemId.of(item).toString());
  }
}
