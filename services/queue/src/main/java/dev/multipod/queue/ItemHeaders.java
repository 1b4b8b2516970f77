package dev.multipod.queue;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;

/// The record headers of an item.
public final class ItemHeaders {
  /// The media type that the item was put with.
  public static final String CONTENT_TYPE = "content-type";

  /// The Idempotency-Key of the put.
  public static final String KEY = "idempotency-key";

  /// On a dead letter, and on an item that was put again ([#HAND_OUTS]): the id that it had first.
  public static final String ITEM = "item";

  /// On a dead letter, and on an item that the consumer put again, since the broker was about to
  /// drop it: how often it was handed out until then.
  public static final String HAND_OUTS = "hand-outs";

  /// On a dead letter: why it was given up, `rejected` or `deliveries`.
  public static final String REASON = "reason";

  /// On an item that was put back from the dead letters: the Idempotency-Key of the call that did
  /// it, and its limit.
  public static final String REDRIVE = "redrive";

  /// The name that whoever put the item goes by: see [Putter].
  public static final String PUTTER = "putter";

  private static final Set<String> OURS =
      Set.of(PUTTER, CONTENT_TYPE, KEY, ITEM, HAND_OUTS, REASON, REDRIVE);

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

  /// What else travels with an item: the trace context of its put.
  public static Map<String, String> others(Headers headers) {
    Map<String, String> others = new HashMap<>();
    for (Header header : headers) {
      if (!OURS.contains(header.key()) && !header.key().startsWith(Attributes.STORED)) {
        get(headers, header.key()).ifPresent(value -> others.put(header.key(), value));
      }
    }
    return others;
  }
}
