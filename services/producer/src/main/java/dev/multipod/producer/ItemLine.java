package dev.multipod.producer;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import dev.multipod.kit.problem.Problem;
import dev.multipod.queue.Attributes;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// An item as a line of JSON, in the form in which a consumer gives it: what one get gave can be
/// put as it is. What a lease adds is left out.
///
/// @param data the item, when it is text
/// @param b64 the item in Base64, instead
/// @param key the record key, when it is text
/// @param keyB64 the record key in Base64, instead
/// @param headers those whose values are text
/// @param headersB64 those whose values are not, in Base64
@JsonIgnoreProperties({"id", "queue", "deliveries", "ackUrl", "leaseUntil"})
record ItemLine(
    @Nullable String data,
    @Nullable String b64,
    @Nullable String contentType,
    @Nullable String key,
    @Nullable String keyB64,
    @Nullable Map<String, String> headers,
    @Nullable Map<String, String> headersB64) {

  /// @throws Problem 400 `malformed-json`
  byte[] body() {
    return one("data", data, "b64", b64)
        .orElseThrow(() -> malformed("an item has either 'data' or 'b64'"));
  }

  /// @throws Problem 400 `invalid-content-type`
  String mediaType() {
    if (contentType != null) {
      return ContentType.require(contentType);
    }
    return data != null ? ContentType.TEXT : ContentType.BYTES;
  }

  /// @throws Problem 400 `malformed-json`, `invalid-item-header`
  Attributes attributes() {
    Map<String, byte[]> all = new TreeMap<>();
    text(headers).forEach((name, value) -> all.put(name, utf8(name, value)));
    text(headersB64)
        .forEach(
            (name, value) -> {
              if (all.put(name, bytes(name, value)) != null) {
                throw malformed("the header '%s' is there twice".formatted(name));
              }
            });
    return Attributes.of(one("key", key, "keyB64", keyB64), all);
  }

  private static Map<String, String> text(@Nullable Map<String, String> given) {
    Map<String, String> all = given == null ? Map.of() : given;
    all.forEach(
        (name, value) -> {
          if (value == null) {
            throw malformed("the header '%s' has no value".formatted(name));
          }
        });
    return all;
  }

  private static Optional<byte[]> one(
      String name, @Nullable String text, String name64, @Nullable String text64) {
    if (text != null && text64 != null) {
      throw malformed("'%s' and '%s' are there both".formatted(name, name64));
    }
    return text != null
        ? Optional.of(utf8(name, text))
        : Optional.ofNullable(text64).map(each -> bytes(name64, each));
  }

  /// JSON may name halves of characters, which are not text and would be lost.
  private static byte[] utf8(String name, String text) {
    try {
      ByteBuffer encoded = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(text));
      byte[] bytes = new byte[encoded.remaining()];
      encoded.get(bytes);
      return bytes;
    } catch (CharacterCodingException e) {
      throw malformed("'%s' is not text: a half of a surrogate pair is alone".formatted(name));
    }
  }

  private static byte[] bytes(String name, String base64) {
    try {
      return Base64.getDecoder().decode(base64);
    } catch (IllegalArgumentException e) {
      throw malformed("'%s' is not Base64".formatted(name));
    }
  }

  private static Problem malformed(String why) {
    return Problem.of(
        400, "malformed-json", "The JSON does not fit", "Nothing was put: %s.".formatted(why));
  }
}
