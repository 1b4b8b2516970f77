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
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.RandomAccess;
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

  /// What the items of a call have in common.
  ///
  /// @param key each has one of its own that no caller can send: it has a space
  /// @param contentType of the whole body
  /// @param attributes the key and headers of those that have no such of their own
  /// @param others what else travels with each
  record Common(
      IdempotencyKey key,
      @Nullable String contentType,
      Attributes attributes,
      Map<String, String> others) {
    private IdempotencyKey key(int number) {
      return new IdempotencyKey(key.value() + " " + number);
    }

    private boolean is(String type) {
      return contentType != null && contentType.startsWith(type);
    }
  }

  /// The items, in their order; empty lines are left out.
  ///
  /// @throws Problem with the `line`
  List<Item> read(Common common, byte[] body) {
    return common.is(LINES_OF_ITEMS) ? readWhole(common, body) : readPlain(common, body);
  }

  private List<Item> readWhole(Common common, byte[] body) {
    List<Item> items = new ArrayList<>();
    eachLine(
        body,
        (start, end) -> {
          ItemLine line = parse(Arrays.copyOfRange(body, start, end));
          Item item =
              new Item(
                  common.key(items.size() + 1),
                  line.mediaType(),
                  line.body(),
                  line.attributes().orElse(common.attributes()),
                  common.others());
          bounds.check(item);
          items.add(item);
        });
    return items;
  }

  private List<Item> readPlain(Common common, byte[] body) {
    PlainLines lines = new PlainLines(common, body);
    eachLine(
        body,
        (start, end) -> {
          if (lines.isEmpty()) {
            bounds.check(common.attributes());
          }
          bounds.check(end - start);
          lines.addLine(start, end);
        });
    return lines;
  }

  /// What is done with a line that is not empty.
  private interface Line {
    void at(int start, int end);
  }

  private static void eachLine(byte[] body, Line each) {
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
        try {
          each.at(start, last);
        } catch (Problem refused) {
          throw refused.with("line", line);
        }
      }
      start = end + 1;
    }
  }

  /// Lines that are items as they are. Each is made when it is asked for: what thousands of items
  /// hold until the last of them is put would be more than the body itself.
  private static final class PlainLines extends AbstractList<Item> implements RandomAccess {
    private final Common common;
    private final String contentType;
    private final byte[] body;
    // Where each begins, and where it ends.
    private int[] edges = new int[2 * 64];
    private int size;

    PlainLines(Common common, byte[] body) {
      this.common = common;
      this.contentType = common.is(LINES_OF_JSON) ? ContentType.JSON : ContentType.TEXT;
      this.body = body;
    }

    void addLine(int start, int end) {
      if (2 * size == edges.length) {
        edges = Arrays.copyOf(edges, 2 * edges.length);
      }
      edges[2 * size] = start;
      edges[2 * size + 1] = end;
      size++;
    }

    @Override
    public Item get(int index) {
      Objects.checkIndex(index, size);
      byte[] line = Arrays.copyOfRange(body, edges[2 * index], edges[2 * index + 1]);
      return new Item(
          common.key(index + 1), contentType, line, common.attributes(), common.others());
    }

    @Override
    public int size() {
      return size;
    }
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
