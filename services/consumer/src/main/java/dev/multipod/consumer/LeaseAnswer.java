package dev.multipod.consumer;

import com.fasterxml.jackson.annotation.JsonInclude;
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
    return Response.ok(lease.item().value())
        .header(HttpHeaders.CONTENT_TYPE, contentType(lease))
        .header("Multipod-Item-Id", lease.itemId())
        .header("Multipod-Item-Ack-Url", lease.ackUrl())
        .header("Multipod-Item-Lease-Until", lease.until().toString())
        .header("Multipod-Item-Deliveries", lease.deliveries());
  }

  private static Response.ResponseBuilder json(Lease lease) {
    byte[] bytes = lease.item().value();
    String text = text(bytes);
    return Response.ok(
        new Item(
            lease.itemId(),
            lease.queue().name(),
            lease.deliveries(),
            contentType(lease),
            text,
            text == null ? Base64.getEncoder().encodeToString(bytes) : null,
            lease.ackUrl(),
            lease.until()),
        MediaType.APPLICATION_JSON);
  }

  private static String contentType(Lease lease) {
    return ItemHeaders.get(lease.item().headers(), ItemHeaders.CONTENT_TYPE)
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
