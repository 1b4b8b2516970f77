package dev.multipod.queue;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// An item's key and headers as a JSON answer shows them.
///
/// @param key the record key, when it is UTF-8 text; absent when the item has none
/// @param keyB64 the record key in Base64, when it is not
/// @param headers those whose values are UTF-8 text; absent when there are none
/// @param headersB64 the others, in Base64; absent when there are none
@JsonInclude(JsonInclude.Include.NON_NULL)
public record AttributesView(
    @Nullable String key,
    @Nullable String keyB64,
    @Nullable Map<String, String> headers,
    @Nullable Map<String, String> headersB64) {

  private static final AttributesView NONE = new AttributesView(null, null, null, null);

  public static AttributesView of(Attributes attributes) {
    if (attributes.isEmpty()) {
      return NONE;
    }
    Optional<ItemBytes> key = attributes.key().map(ItemBytes::of);
    Map<String, String> text = new TreeMap<>();
    Map<String, String> base64 = new TreeMap<>();
    attributes
        .headers()
        .forEach(
            (name, value) -> {
              ItemBytes shown = ItemBytes.of(value);
              if (shown.data() != null) {
                text.put(name, shown.data());
              } else if (shown.b64() != null) {
                base64.put(name, shown.b64());
              }
            });
    return new AttributesView(
        key.map(ItemBytes::data).orElse(null),
        key.map(ItemBytes::b64).orElse(null),
        text.isEmpty() ? null : text,
        base64.isEmpty() ? null : base64);
  }
}
