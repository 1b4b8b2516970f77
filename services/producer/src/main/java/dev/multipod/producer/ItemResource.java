package dev.multipod.producer;

import dev.multipod.kit.input.IdempotencyKey;
import dev.multipod.kit.input.Names;
import dev.multipod.kit.wait.LongPoll;
import dev.multipod.queue.Attributes;
import dev.multipod.queue.Directory;
import dev.multipod.queue.Forward;
import dev.multipod.queue.Putter;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.context.Context;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.core.http.HttpServerRequest;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.enums.ParameterIn;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.jspecify.annotations.Nullable;

/// Putting items.
@Path("/producer/queues/{queue}/items")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
public class ItemResource {
  private final Putting putting;
  private final Directory directory;
  private final LongPoll limits;
  private final OpenTelemetry telemetry;
  private final ItemBounds bounds;

  ItemResource(
      Putting putting,
      Directory directory,
      LongPoll limits,
      OpenTelemetry telemetry,
      ItemBounds bounds) {
    this.putting = putting;
    this.directory = directory;
    this.limits = limits;
    this.telemetry = telemetry;
    this.bounds = bounds;
  }

  @POST
  @Parameter(
      name = Attributes.KEY,
      in = ParameterIn.HEADER,
      description = "The item's record key, which comes back with it",
      schema = @Schema(type = SchemaType.STRING))
  @Consumes(MediaType.WILDCARD)
  @Operation(
      summary = "Put an item: Python's put(item, timeout=…)",
      description =
          "The body is the item, any bytes up to 1 MiB; its Content-Type is kept, and so are its"
              + " key (Multipod-Item-Key) and its headers (Multipod-Item-Header-NAME, any number of"
              + " names up to a limit): visible ASCII stands for itself in them, every other byte,"
              + " and %, is % and two hexadecimal digits. Waits for a place up to timeout (0s:"
              + " put_nowait). 201 with the item's id; 429 queue-full is Python's"
              + " Full; 504: repeat with the same Idempotency-Key.")
  public Response put(
      @PathParam("queue") String queue,
      @QueryParam("timeout") @DefaultValue("0s") Duration timeout,
      @HeaderParam(IdempotencyKey.HEADER) @Nullable String keyHeader,
      @HeaderParam(HttpHeaders.CONTENT_TYPE) @Nullable String contentType,
      @Parameter(description = "A name of yours, for a join with scope=mine")
          @HeaderParam(Putter.HEADER)
          @Nullable String putter,
      byte @Nullable [] body,
      @jakarta.ws.rs.core.Context HttpServerRequest request)
      throws InterruptedException {
    IdempotencyKey key = IdempotencyKey.require(keyHeader);
    directory.require(Names.require("queue", queue));
    byte[] bytes = body == null ? new byte[0] : body;
    Map<String, String> others = trace(telemetry);
    Putter.add(others, putter);
    Item item =
        new Item(
            key,
            contentType == null ? ContentType.BYTES : ContentType.require(contentType),
            bytes,
            Attributes.ofHttp(request.headers()),
            others);
    bounds.check(item);
    return putting.put(queue, item, limits.bounded(timeout), Forward.Call.of(request));
  }

  /// The trace context that travels with the item.
  static Map<String, String> trace(OpenTelemetry telemetry) {
    Map<String, String> headers = new HashMap<>();
    telemetry
        .getPropagators()
        .getTextMapPropagator()
        .inject(Context.current(), headers, (carrier, name, value) -> headers.put(name, value));
    return headers;
  }
}
