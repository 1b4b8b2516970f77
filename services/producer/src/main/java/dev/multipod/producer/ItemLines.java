package dev.multipod.producer;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import dev.multipod.kit.input.IdempotencyKey;
import dev.multipod.kit.problem.Problem;
import dev.multipod.queue.Attributes;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Reads the items of a batch: a line each, as it is or with all that belongs to it.
@ApplicationScoped
class ItemLines {
  /// Lines of JSON, each an item as it is.
  static final String LINES_OF_JSON = "application/x-ndjson";

  /// Lines of JSON, each an [ItemLine].
  static final String LINES_OF_ITEMS = "application/vnd.multipod.items+x-ndjson";

  private final ItemBounds bounds;
  private final ObjectReader reader;

  ItemLines(ItemBounds bounds, ObjectMapper json) {
    this.bounds = bounds;
    this.reader =
        json.readerFor(ItemLine.class)
            .with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .with(JsonParser.Feature.STRICT_DUPLICATE_DETECTION);
  }

  /// The items, in their order; empty lines are left out. Each has an Idempotency-Key of its own
  /// that no caller can send: it has a space.
  ///
  /// @param contentType of the whole body
  /// @param common the key and headers of those that have no such of their own
  /// @throws Problem with the `line`
  List<Item> read(
      IdempotencyKey key,
      @Nullable String contentType,
      Attributes common,
      Map<String, String> trace,
      byte[] body) {
    String type = contentType == null ? "" : contentType;
    List<Item> items = new ArrayList<>();
    int line = 0;
    int start = 0;
    while (start < body.length) {
      line++;
      int end = start;
      while (end < body.length && body[end] != '\n') {
        end++;
      }
      int last = end > start && body[end - 1] == '\r' ? end - 1 : end;
      if (last > start) {
        IdempotencyKey own = new IdempotencyKey(key.value() + " " + (items.size() + 1));
        try {
          Item item = item(own, type, common, trace, Arrays.copyOfRange(body, start, last));
          bounds.check(item);
          items.add(item);
        } catch (Problem refused) {
          throw refused.with("line", line);
        }
      }
      start = end + 1;
    }
    return items;
  }

  private Item item(
      IdempotencyKey key, String type, Attributes common, Map<String, String> trace, byte[] line) {
    if (type.startsWith(LINES_OF_ITEMS)) {
      ItemLine parts = parse(line);
      return new Item(
          key, parts.mediaType(), parts.body(), parts.attributes().orElse(common), trace);
    }
    String each = type.startsWith(LINES_OF_JSON) ? ContentType.JSON : ContentType.TEXT;
    return new Item(key, each, line, common, trace);
  }

  private ItemLine parse(byte[] line) {
    try {
      ItemLine parts = reader.readValue(line);
      if (parts == null) {
        throw malformed("it is null");
      }
      return parts;
    } catch (JsonProcessingException e) {
      throw malformed(e.getOriginalMessage());
    } catch (IOException e) {
      throw malformed(e.toString());
    }
  }

  private static Problem malformed(String why) {
    return Problem.of(
        400,
        "malformed-json",
        "This is not JSON",
        "Nothing was put: the line is not an item: %s".formatted(why));
  }
}
