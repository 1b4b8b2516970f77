package dev.multipod.consumer;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.multipod.kit.input.Text;
import dev.multipod.kit.problem.Problem;
import dev.multipod.queue.ItemHeaders;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.time.Instant;
import java.util.Base64;
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
      String ackUrl,
      Instant leaseUntil) {}

  static final String LINES_OF_JSON = "application/x-ndjson";

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
    return Response.ok(item.record().value())
        .header(HttpHeaders.CONTENT_TYPE, contentType(item))
        .header("Multipod-Item-Id", item.id())
        .header("Multipod-Item-Ack-Url", lease.ackUrl())
        .header("Multipod-Item-Lease-Until", lease.until().toString())
        .header("Multipod-Item-Deliveries", item.deliveries());
  }

  private static Response.ResponseBuilder json(Lease lease) {
    return Response.ok(
        item(lease, lease.items().getFirst(), lease.ackUrl()), MediaType.APPLICATION_JSON);
  }

  /// The items of a batch, a line of JSON each.
  static Response.ResponseBuilder lines(Lease lease, ObjectMapper mapper) {
    StringBuilder lines = new StringBuilder();
    for (LeasedItem item : lease.items()) {
      try {
        lines.append(mapper.writeValueAsString(item(lease, item, lease.ackUrl(item)))).append('\n');
      } catch (JsonProcessingException e) {
        throw new IllegalStateException(e);
      }
    }
    return Response.ok(lines.toString(), LINES_OF_JSON)
        .header("Multipod-Lease-Ack-Url", lease.ackUrl())
        .header("Multipod-Lease-Until", lease.until().toString())
        .header("Multipod-Lease-Items", lease.items().size());
  }

  private static Item item(Lease lease, LeasedItem item, String ackUrl) {
    byte[] bytes = item.record().value();
    String text = text(bytes);
    return new Item(
        item.id(),
        lease.queue().name(),
        item.deliveries(),
        contentType(item),
        text,
        text == null ? Base64.getEncoder().encodeToString(bytes) : null,
        ackUrl,
        lease.until());
  }

  private static String contentType(LeasedItem item) {
    return ItemHeaders.get(item.record().headers(), ItemHeaders.CONTENT_TYPE)
        .orElse(MediaType.APPLICATION_OCTET_STREAM);
  }

  private static @Nullable String text(byte[] bytes) {
    try {
      return Text.utf8(bytes);
    } catch (Problem notText) {
      return null;
    }
  }
}
