package dev.multipod.producer;

import dev.multipod.kit.input.IdempotencyKey;
import dev.multipod.kit.input.Names;
import dev.multipod.kit.problem.Problem;
import dev.multipod.kit.replica.Drain;
import dev.multipod.kit.wait.LongPoll;
import dev.multipod.queue.Attributes;
import dev.multipod.queue.Directory;
import dev.multipod.queue.ItemId;
import dev.multipod.queue.Putter;
import dev.multipod.queue.QueueDefinition;
import io.opentelemetry.api.OpenTelemetry;
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
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.jspecify.annotations.Nullable;

/// Putting many items with one call, a line each: `seq 1000 | curl -X POST -T - …`.
@Path("/producer/queues/{queue}/items/batch")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
public class BatchResource {
  /// Items that are in the queue.
  ///
  /// @param put how many
  /// @param replayed how many of them an earlier call with the same key had put
  /// @param ids in the order of the lines
  record PutMany(String queue, int put, int replayed, List<String> ids) {}

  private final Routing routing;
  private final Directory directory;
  private final LongPoll limits;
  private final ProducerMetrics metrics;
  private final ProducerSettings settings;
  private final OpenTelemetry telemetry;
  private final Drain drain;
  private final Callers callers;
  private final ItemLines lines;

  BatchResource(
      Routing routing,
      Directory directory,
      LongPoll limits,
      ProducerMetrics metrics,
      ProducerSettings settings,
      OpenTelemetry telemetry,
      Drain drain,
      Callers callers,
      ItemLines lines) {
    this.routing = routing;
    this.directory = directory;
    this.limits = limits;
    this.metrics = metrics;
    this.settings = settings;
    this.telemetry = telemetry;
    this.drain = drain;
    this.callers = callers;
    this.lines = lines;
  }

  @POST
  @Consumes(MediaType.WILDCARD)
  @Operation(
      summary = "Put many items, a line of the body each",
      description =
          "In their order, each as it is, without its line end; empty lines are left out. The items"
              + " of application/x-ndjson are application/json, others text/plain; the call's"
              + " Multipod-Item-Key and Multipod-Item-Header-NAME are those of each. A line of"
              + " application/vnd.multipod.items+x-ndjson is an item with all that belongs to it, as"
              + " a get gives it: {\"data\": text, or \"b64\": Base64, \"contentType\", \"key\" or"
              + " \"keyB64\", \"headers\": {name: text}, \"headersB64\": {name: Base64}}. Waits for places"
              + " up to timeout for all together. 201 when all are in the queue. 429 queue-full:"
              + " the first 'put' of them are, and the same call with the same Idempotency-Key puts"
              + " the rest; so after a 504.")
  public Response put(
      @PathParam("queue") String queue,
      @QueryParam("timeout") @DefaultValue("0s") Duration timeout,
      @HeaderParam(IdempotencyKey.HEADER) @Nullable String keyHeader,
      @HeaderParam(HttpHeaders.CONTENT_TYPE) @Nullable String contentType,
      @Parameter(description = "A name of yours, for a join with scope=mine")
          @HeaderParam(Putter.HEADER)
          @Nullable String putter,
      byte @Nullable [] body,
      @Context HttpServerRequest request)
      throws InterruptedException {
    IdempotencyKey key = IdempotencyKey.require(keyHeader);
    directory.require(Names.require("queue", queue));
    byte[] bytes = body == null ? new byte[0] : body;
    Map<String, String> others = ItemResource.trace(telemetry);
    Putter.add(others, putter);
    ItemLines.Common common =
        new ItemLines.Common(
            key, contentType, Attributes.ofHttp(request.headers()), Map.copyOf(others));
    List<Item> items = bounded(lines.read(common, bytes));
    callers.enter();
    long start = System.nanoTime();
    try {
      return routing.onOwner(
          queue,
          request,
          bytes,
          limits.bounded(timeout),
          left -> "/producer/queues/%s/items/batch?timeout=%dms".formatted(queue, left.toMillis()),
          (term, left) -> {
            Patience patience =
                new Patience(
                    System.nanoTime() + left.toNanos(),
                    () -> request.response().closed() || drain.begun());
            QueueDefinition known = directory.require(queue);
            List<PutOutcome> outcomes = term.putAll(known, items, patience);
            metrics.put(queue, outcomes, Duration.ofNanos(System.nanoTime() - start));
            return answer(known, outcomes);
          });
    } finally {
      callers.leave();
    }
  }

  private List<Item> bounded(List<Item> items) {
    if (items.isEmpty()) {
      throw Problem.of(422, "no-items", "There is no item", "Send one item a line.");
    }
    int most = Math.min(settings.batch(), settings.keys());
    if (items.size() > most) {
      throw Problem.of(
              422,
              "too-many-items",
              "Too many items for one call",
              "Send at most %d lines at once, the setting multipod.producer.batch; split -l makes parts."
                  .formatted(most))
          .with("items", items.size())
          .with("limit", most);
    }
    return items;
  }

  private static Response answer(QueueDefinition queue, List<PutOutcome> outcomes) {
    List<String> ids = new ArrayList<>();
    int replayed = 0;
    for (PutOutcome outcome : outcomes) {
      switch (outcome) {
        case PutOutcome.Admitted(long offset, boolean earlier) -> {
          ids.add(new ItemId(queue, offset).toString());
          replayed += earlier ? 1 : 0;
        }
        case PutOutcome.Full() -> throw Putting.full(queue).with("put", ids.size());
        case PutOutcome.Unknown() -> throw Putting.unknown(queue);
      }
    }
    return Response.status(201)
        .entity(new PutMany(queue.name(), ids.size(), replayed, ids))
        .build();
  }
}
