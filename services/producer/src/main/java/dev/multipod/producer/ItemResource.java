package dev.multipod.producer;

import dev.multipod.kit.input.IdempotencyKey;
import dev.multipod.kit.input.Names;
import dev.multipod.kit.problem.Problem;
import dev.multipod.kit.replica.Drain;
import dev.multipod.kit.wait.LongPoll;
import dev.multipod.queue.Directory;
import dev.multipod.queue.ItemId;
import dev.multipod.queue.QueueDefinition;
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
import org.jspecify.annotations.Nullable;

/// Putting items.
@Path("/producer/queues/{queue}/items")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
public class ItemResource {
  /// An item that is in the queue.
  record Put(String id, String queue) {}

  private static final String NO_TYPE = "application/octet-stream";

  private final Routing routing;
  private final Directory directory;
  private final LongPoll limits;
  private final ProducerMetrics metrics;
  private final OpenTelemetry telemetry;
  private final Drain drain;
  private final Callers callers;

  ItemResource(
      Routing routing,
      Directory directory,
      LongPoll limits,
      ProducerMetrics metrics,
      OpenTelemetry telemetry,
      Drain drain,
      Callers callers) {
    this.routing = routing;
    this.directory = directory;
    this.limits = limits;
    this.metrics = metrics;
    this.telemetry = telemetry;
    this.drain = drain;
    this.callers = callers;
  }

  @POST
  @Consumes(MediaType.WILDCARD)
  @Operation(
      summary = "Put an item: Python's put(item, timeout=…)",
      description =
          "The body is the item, any bytes up to 1 MiB; its Content-Type is kept. Waits for a place"
              + " up to timeout (0s: put_nowait). 201 with the item's id; 429 queue-full is Python's"
              + " Full; 504: repeat with the same Idempotency-Key.")
  public Response put(
      @PathParam("queue") String queue,
      @QueryParam("timeout") @DefaultValue("0s") Duration timeout,
      @HeaderParam(IdempotencyKey.HEADER) @Nullable String keyHeader,
      @HeaderParam(HttpHeaders.CONTENT_TYPE) @Nullable String contentType,
      byte @Nullable [] body,
      @jakarta.ws.rs.core.Context HttpServerRequest request)
      throws InterruptedException {
    IdempotencyKey key = IdempotencyKey.require(keyHeader);
    QueueDefinition known = directory.require(Names.require("queue", queue));
    byte[] bytes = body == null ? new byte[0] : body;
    if (bytes.length > ItemLimits.ITEM_BYTES) {
      throw Problem.of(
              413,
              "too-large",
              "The body is too large",
              "An item has at most %d bytes.".formatted(ItemLimits.ITEM_BYTES))
          .with("limit", ItemLimits.ITEM_BYTES);
    }
    Item item = new Item(key, contentType == null ? NO_TYPE : contentType, bytes, trace(telemetry));
    callers.enter();
    long start = System.nanoTime();
    try {
      return routing.onOwner(
          queue,
          request,
          bytes,
          limits.bounded(timeout),
          left -> "/producer/queues/%s/items?timeout=%dms".formatted(queue, left.toMillis()),
          (term, left) -> {
            Patience patience =
                new Patience(
                    System.nanoTime() + left.toNanos(),
                    () -> request.response().closed() || drain.begun());
            PutOutcome outcome = term.put(known, item, patience);
            metrics.put(
                queue,
                outcome.getClass().getSimpleName(),
                Duration.ofNanos(System.nanoTime() - start));
            return answer(known, outcome);
          });
    } finally {
      callers.leave();
    }
  }

  private static Response answer(QueueDefinition queue, PutOutcome outcome) {
    return switch (outcome) {
      case PutOutcome.Admitted(long offset, boolean replayed) -> {
        Response.ResponseBuilder answer =
            Response.status(201).entity(new Put(new ItemId(0, offset).toString(), queue.name()));
        if (replayed) {
          answer.header(IdempotencyKey.REPLAYED, "true");
        }
        yield answer.build();
      }
      case PutOutcome.Full() -> throw full(queue);
      case PutOutcome.Unknown() -> throw unknown(queue);
    };
  }

  /// Python's `Full`.
  static Problem full(QueueDefinition queue) {
    return Problem.of(
            429,
            "queue-full",
            "The queue is full",
            "%d items wait to be taken, the queue's maxsize. Retry, or wait with ?timeout=30s."
                .formatted(queue.maxsize()))
        .with("queue", queue.name())
        .with("maxsize", queue.maxsize())
        .retryAfter(Duration.ofSeconds(1));
  }

  static Problem unknown(QueueDefinition queue) {
    return Problem.of(
            504,
            "outcome-unknown",
            "It is not known whether this was done",
            "Kafka did not answer in time. Retry with the same Idempotency-Key: an item is put once.")
        .with("queue", queue.name());
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
