package dev.multipod.producer;

import dev.multipod.kit.input.IdempotencyKey;
import dev.multipod.queue.ItemHeaders;
import dev.multipod.queue.Topics;
import java.util.HexFormat;
import java.util.Map;
import org.apache.kafka.clients.producer.ProducerRecord;

/// What a caller puts. Its bytes are the caller's body and are never changed.
final class Item {
  private final IdempotencyKey key;
  private final String contentType;
  private final byte[] body;
  private final Map<String, String> trace;

  /// @param trace the trace context of the put, as propagated in headers
  Item(IdempotencyKey key, String contentType, byte[] body, Map<String, String> trace) {
    this.key = key;
    this.contentType = contentType;
    this.body = body;
    this.trace = Map.copyOf(trace);
  }

  IdempotencyKey key() {
    return key;
  }

  /// What a reused key must match.
  String fingerprint() {
    return IdempotencyKey.fingerprint(contentType, HexFormat.of().formatHex(body));
  }

  ProducerRecord<byte[], byte[]> record(String queue, String fingerprint) {
    ProducerRecord<byte[], byte[]> record =
        new ProducerRecord<>(Topics.items(queue), 0, null, body);
    ItemHeaders.set(record.headers(), ItemHeaders.CONTENT_TYPE, contentType);
    ItemHeaders.set(record.headers(), ItemHeaders.KEY, key.value());
    ItemHeaders.set(record.headers(), ItemHeaders.FINGERPRINT, fingerprint);
    trace.forEach((name, value) -> ItemHeaders.set(record.headers(), name, value));
    return record;
  }
}
