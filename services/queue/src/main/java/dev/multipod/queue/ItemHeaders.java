package dev.multipod.queue;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;

/// The record headers of an item.
public final class ItemHeaders {
  /// The media type that the item was put with.
  public static final String CONTENT_TYPE = "content-type";

  /// The Idempotency-Key of the put.
  public static final String KEY = "idempotency-key";

  /// What a reused [#KEY] must match.
  public static final String FINGERPRINT = "fingerprint";

  /// On a dead letter, and on an item that was put again ([#HAND_OUTS]): the id that it had first.
  public static final String ITEM = "item";

  /// On an item that the consumer put again, since the broker was about to drop it: how often it
  /// was handed out before.
  public static final String HAND_OUTS = "hand-outs";

  /// On a dead letter: why it was given up, `rejected` or `deliveries`.
  public static final String REASON = "reason";

  private ItemHeaders() {}

  public static void set(Headers headers, String name, String value) {
    headers.remove(name);
    headers.add(name, value.getBytes(StandardCharsets.UTF_8));
  }

  public static Optional<String> get(Headers headers, String name) {
    Header header = headers.lastHeader(name);
    return header == null || header.value() == null
        ? Optional.empty()
        : Optional.of(new String(header.value(), StandardCharsets.UTF_8));
  }
}
