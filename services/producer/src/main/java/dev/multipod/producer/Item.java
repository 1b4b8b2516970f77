package dev.multipod.producer;

import dev.multipod.kit.input.IdempotencyKey;
import dev.multipod.queue.Attributes;
import dev.multipod.queue.ItemHeaders;
import dev.multipod.queue.QueueDefinition;
import dev.multipod.queue.Topics;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;

/// What a caller puts. Its bytes are the caller's body and are never changed.
final class Item {
  private final IdempotencyKey key;
  private final String contentType;
  private final byte[] body;
  private final Attributes attributes;
  private final Map<String, String> others;

  /// @param others what else travels with the item: the trace context of its put
  Item(
      IdempotencyKey key,
      String contentType,
      byte[] body,
      Attributes attributes,
      Map<String, String> others) {
    this.key = key;
    this.contentType = contentType;
    this.body = body;
    this.attributes = attributes;
    this.others = Map.copyOf(others);
  }

  IdempotencyKey key() {
    return key;
  }

  byte[] body() {
    return body;
  }

  int size() {
    return body.length;
  }

  /// The caller's key and headers.
  Attributes attributes() {
    return attributes;
  }

  /// One of the headers that travel with it besides.
  Optional<String> header(String name) {
    return Optional.ofNullable(others.get(name));
  }

  /// What a reused key must match, as a [Print].
  long fingerprint() {
    return fingerprint(contentType, attributes, header(ItemHeaders.PUTTER), body);
  }

  /// The same of an item that was put.
  static long fingerprint(ConsumerRecord<byte[], byte[]> item) {
    return fingerprint(
        ItemHeaders.get(item.headers(), ItemHeaders.CONTENT_TYPE).orElse(""),
        Attributes.of(item),
        ItemHeaders.get(item.headers(), ItemHeaders.PUTTER),
        item.value() == null ? new byte[0] : item.value());
  }

  private static long fingerprint(
      String contentType, Attributes attributes, Optional<String> putter, byte[] body) {
    List<String> parts = new ArrayList<>();
    parts.add("type " + contentType);
    parts.addAll(attributes.fingerprint());
    putter.ifPresent(name -> parts.add("putter " + name));
    return Print.of(parts, body);
  }

  ProducerRecord<byte[], byte[]> record(QueueDefinition queue) {
    ProducerRecord<byte[], byte[]> record =
        new ProducerRecord<>(Topics.items(queue), 0, attributes.key().orElse(null), body);
    ItemHeaders.set(record.headers(), ItemHeaders.CONTENT_TYPE, contentType);
    ItemHeaders.set(record.headers(), ItemHeaders.KEY, key.value());
    attributes.addTo(record.headers());
    others.forEach((name, value) -> ItemHeaders.set(record.headers(), name, value));
    return record;
  }
}
