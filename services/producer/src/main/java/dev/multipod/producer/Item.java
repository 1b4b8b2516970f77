package dev.multipod.producer;

import dev.multipod.kit.input.IdempotencyKey;
import dev.multipod.queue.Attributes;
import dev.multipod.queue.ItemHeaders;
import dev.multipod.queue.QueueDefinition;
import dev.multipod.queue.Topics;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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

  /// What a reused key must match.
  long fingerprint() {
    List<String> parts = new ArrayList<>();
    parts.add("type " + contentType);
    parts.addAll(attributes.fingerprint());
    header(ItemHeaders.PUTTER).ifPresent(putter -> parts.add("putter " + putter));
    return Print.of(parts, body);
  }

  /// @param fingerprint its own
  ProducerRecord<byte[], byte[]> record(QueueDefinition queue, long fingerprint) {
    ProducerRecord<byte[], byte[]> record =
        new ProducerRecord<>(Topics.items(queue), 0, attributes.key().orElse(null), body);
    ItemHeaders.set(record.headers(), ItemHeaders.CONTENT_TYPE, contentType);
    ItemHeaders.set(record.headers(), ItemHeaders.KEY, key.value());
    ItemHeaders.set(
        record.headers(), ItemHeaders.FINGERPRINT, HexFormat.of().toHexDigits(fingerprint));
    attributes.addTo(record.headers());
    others.forEach((name, value) -> ItemHeaders.set(record.headers(), name, value));
    return record;
  }
}
