package dev.multipod.producer;

import dev.multipod.kit.problem.Problem;
import dev.multipod.queue.Attributes;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;

/// How large an item may be, and what belongs to it.
@ApplicationScoped
class ItemBounds {
  /// What the topics are made for: see [Topics#RECORD_BYTES].
  private static final int MOST_BYTES = 1024 * 1024;

  /// So that they fit an answer of the gateway (32 KiB), where a byte may be three.
  private static final long MOST_HEADERS = 8 * 1024;

  private final long bytes;
  private final int headers;
  private final long headersBytes;

  ItemBounds(ProducerSettings settings) {
    bytes = settings.itemSize().asLongValue();
    headers = settings.itemHeaders();
    headersBytes = settings.itemHeadersSize().asLongValue();
    require("item-size", bytes, MOST_BYTES);
    require("item-headers-size", headersBytes, MOST_HEADERS);
  }

  /// A setting that the topics are not made for ends the start.
  void start(@Observes StartupEvent event) {}

  private static void require(String setting, long value, long most) {
    if (value < 0 || value > most) {
      throw new IllegalArgumentException(
          "multipod.producer.%s is at most %d bytes, not %d".formatted(setting, most, value));
    }
  }

  /// @throws Problem as the checks of its parts
  void check(Item item) {
    check(item.size());
    check(item.attributes());
  }

  /// @param size of an item, bytes
  /// @throws Problem 413 `too-large`
  void check(int size) {
    if (size > bytes) {
      throw Problem.of(
              413,
              "too-large",
              "The body is too large",
              "An item has at most %d bytes, the setting multipod.producer.item-size."
                  .formatted(bytes))
          .with("limit", bytes);
    }
  }

  /// @throws Problem 422 `too-many-headers`, `item-headers-too-large`
  void check(Attributes attributes) {
    if (attributes.headers().size() > headers) {
      throw Problem.of(
              422,
              "too-many-headers",
              "The item has too many headers",
              "Nothing was put. An item has at most %d headers, the setting multipod.producer.item-headers."
                  .formatted(headers))
          .with("headers", attributes.headers().size())
          .with("limit", headers);
    }
    if (attributes.size() > headersBytes) {
      throw Problem.of(
              422,
              "item-headers-too-large",
              "The key and the headers of the item are too large",
              "Nothing was put. The key, and the names and values of the headers, are together at most %d bytes, the setting multipod.producer.item-headers-size."
                  .formatted(headersBytes))
          .with("bytes", attributes.size())
          .with("limit", headersBytes);
    }
  }
}
