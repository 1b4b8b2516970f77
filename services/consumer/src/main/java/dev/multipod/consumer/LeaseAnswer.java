package dev.multipod.consumer;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SequenceWriter;
import dev.multipod.queue.Attributes;
import dev.multipod.queue.AttributesView;
import dev.multipod.queue.ItemBytes;
import dev.multipod.queue.ItemHeaders;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// How an item is shown to its taker: as JSON, or as its own bytes with the rest in headers.
final class LeaseAnswer {
  /// @param data the item, when it is UTF-8 text
  /// @param b64 the item in Base64, when it is not
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Item(
      String id,
      String queue,
      int deliveries,
      String contentType,
      @Nullable String data,
      @Nullable String b64,
      @JsonUnwrapped AttributesView attributes,
      String ackUrl,
      String leaseUntil) {}

  static final String LINES_OF_JSON = "application/x-ndjson";

  private static final int LINE_BYTES = 512;

  private LeaseAnswer() {}

  /// @param accept what the caller wants: JSON, unless it names `application/octet-stream` or
  ///   `text/plain` and not JSON
  static Response.ResponseBuilder of(Lease lease, @Nullable String accept) {
    return wantsBytes(accept) ? bytes(lease) : json(lease);
  }

  private static boolean wantsBytes(@Nullable String accept) {
    if (accept == null) {
      return false;
    }
    String wanted = accept.toLowerCase(Locale.ROOT);
    return (wanted.contains(MediaType.APPLICATION_OCTET_STREAM)
            || wanted.contains(MediaType.TEXT_PLAIN))
        && !wanted.contains(MediaType.APPLICATION_JSON);
  }

  private static Response.ResponseBuilder bytes(Lease lease) {
    LeasedItem item = lease.items().getFirst();
    Response.ResponseBuilder answer = Response.ok(item.record().value());
    Attributes.of(item.record()).http().forEach(answer::header);
    return answer
        .header(HttpHeaders.CONTENT_TYPE, contentType(item))
        .header("Multipod-Item-Id", item.id())
        .header("Multipod-Item-Ack-Url", lease.ackUrl())
        .header("Multipod-Item-Lease-Until", lease.until().toString())
        .header("Multipod-Item-Deliveries", item.deliveries());
  }

  private static Response.ResponseBuilder json(Lease lease) {
    return Response.ok(
        item(lease, lease.items().getFirst(), lease.ackUrl(), lease.until().toString()),
        MediaType.APPLICATION_JSON);
  }

  /// The items of a batch, a line of JSON each.
  static Response.ResponseBuilder lines(Lease lease, ObjectMapper mapper) {
    ByteArrayOutputStream lines = new ByteArrayOutputStream(lease.items().size() * LINE_BYTES);
    String until = lease.until().toString();
    try (SequenceWriter each =
        mapper.writerFor(Item.class).withRootValueSeparator("\n").writeValues(lines)) {
      for (LeasedItem item : lease.items()) {
        each.write(item(lease, item, lease.ackUrl(item), until));
      }
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    lines.write('\n');
    return Response.ok(lines.toByteArray(), LINES_OF_JSON)
        .header("Multipod-Lease-Ack-Url", lease.ackUrl())
        .header("Multipod-Lease-Until", until)
        .header("Multipod-Lease-Items", lease.items().size());
  }

  private static Item item(Lease lease, LeasedItem item, String ackUrl, String until) {
    ItemBytes bytes = ItemBytes.of(item.record().value());
    return new Item(
        item.id(),
        lease.queue().name(),
        item.deliveries(),
        contentType(item),
        bytes.data(),
        bytes.b64(),
        AttributesView.of(Attributes.of(item.record())),
        ackUrl,
        until);
  }

  private static String contentType(LeasedItem item) {
    return ItemHeaders.get(item.record().headers(), ItemHeaders.CONTENT_TYPE)
        .orElse(MediaType.APPLICATION_OCTET_STREAM);
  }
}
