package dev.multipod.producer;

import dev.multipod.kit.input.IdempotencyKey;
import dev.multipod.queue.Attributes;
import dev.multipod.queue.ItemHeaders;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/// An item that was given up.
///
/// @param position where it lies among the dead letters; rises from the oldest to the newest
/// @param id the item's own
/// @param reason `rejected`, or `deliveries` when they were used up
/// @param handOuts how often it was handed out
record DeadLetter(
    long position,
    String id,
    Instant died,
    String reason,
    int handOuts,
    String contentType,
    ConsumerRecord<byte[], byte[]> record) {

  static DeadLetter of(ConsumerRecord<byte[], byte[]> record) {
    return new DeadLetter(
        record.offset(),
        header(record, ItemHeaders.ITEM, ""),
        Instant.ofEpochMilli(record.timestamp()),
        header(record, ItemHeaders.REASON, "rejected"),
        Integer.parseInt(header(record, ItemHeaders.HAND_OUTS, "0")),
        header(record, ItemHeaders.CONTENT_TYPE, ContentType.BYTES),
        record);
  }

  private static String header(
      ConsumerRecord<byte[], byte[]> record, String name, String otherwise) {
    return ItemHeaders.get(record.headers(), name).orElse(otherwise);
  }

  byte[] body() {
    return record.value();
  }

  Attributes attributes() {
    return Attributes.of(record);
  }

  /// The key of the put that brings it back. The same for two letters of one item, which a consumer
  /// that dies while it gives an item up may leave; no caller can send it, since it has a space.
  IdempotencyKey key() {
    return new IdempotencyKey("redrive " + id);
  }

  /// The item as it is put back. It is a new item, of the old one's bytes, type, key, headers and
  /// trace.
  Item again(Redrives.Call call) {
    Map<String, String> headers = new HashMap<>(ItemHeaders.others(record.headers()));
    headers.put(ItemHeaders.REDRIVE, call.header());
    return new Item(key(), contentType, body(), attributes(), headers);
  }
}
