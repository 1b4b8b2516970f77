package dev.multipod.queue;

import dev.multipod.kit.input.Names;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;

/// The name that a caller goes by when it puts, so that it can join its own items. Chosen by the
/// caller, and nobody's property: two who choose the same name wait for each other's items too.
public final class Putter {
  /// The request header with the name.
  public static final String HEADER = "Multipod-Putter";

  private Putter() {}

  /// Lets the name travel with the items of a put.
  ///
  /// @param headers of the items
  /// @param name as the caller sent it, if it did
  /// @throws dev.multipod.kit.problem.Problem 400 `invalid-name`
  public static void add(Map<String, String> headers, @Nullable String name) {
    if (name != null) {
      headers.put(ItemHeaders.PUTTER, Names.require("putter", name));
    }
  }

  /// Whether anybody may join the item as its own.
  public static boolean isNamed(ConsumerRecord<byte[], byte[]> item) {
    return item.headers().lastHeader(ItemHeaders.PUTTER) != null;
  }

  /// Whether the item was put by somebody who goes by this name.
  public static boolean put(ConsumerRecord<byte[], byte[]> item, String name) {
    return ItemHeaders.get(item.headers(), ItemHeaders.PUTTER).filter(name::equals).isPresent();
  }
}
