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
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.eclipse.microprofile.openapi.annotations.Operation;
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

  private static final String LINES_OF_JSON = "application/x-ndjson";

  private final Routing routing;
  private final Directory directory;
  private final LongPoll limits;
  private final ProducerMetrics metrics;
  private final ProducerSettings settings;
  private final OpenTelemetry telemetry;
  private final Drain drain;
  private final Callers callers;

  BatchResource(
      Routing routing,
      Directory directory,
      LongPoll limits,
      ProducerMetrics metrics,
      ProducerSettings settings,
      OpenTelemetry telemetry,
      Drain drain,
      Callers callers) {
    this.routing = routing;
    this.directory = directory;
    this.limits = limits;
    this.metrics = metrics;
    this.settings = settings;
    this.telemetry = telemetry;
    this.drain = drain;
    this.callers = callers;
  }

  @POST
  @Consumes(MediaType.WILDCARD)
  @Operation(
      summary = "Put many items, a line of the body each",
      description =
          "In their order, each as it is, without its line end; empty lines are left out. The items"
              + " of application/x-ndjson are application/json, others text/plain. Waits for places"
              + " up to timeout for all together. 201 when all are in the queue. 429 queue-full:"
              + " the first 'put' of them are, and the same call with the same Idempotency-Key puts"
              + " the rest; so after a 504.")
  public Response put(
      @PathParam("queue") String queue,
      @QueryParam("timeout") @DefaultValue("0s") Duration timeout,
      @HeaderParam(IdempotencyKey.HEADER) @Nullable String keyHeader,
      @HeaderParam(HttpHeaders.CONTENT_TYPE) @Nullable String contentType,
      byte @Nullable [] body,
      @Context HttpServerRequest request)
      throws InterruptedException {
    IdempotencyKey key = IdempotencyKey.require(keyHeader);
    QueueDefinition known = directory.require(Names.require("queue", queue));
    byte[] bytes = body == null ? new byte[0] : body;
    boolean json = contentType != null && contentType.startsWith(LINES_OF_JSON);
    List<Item> items = items(key, json ? "application/json" : "text/plain;charset=UTF-8", bytes);
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
            List<PutOutcome> outcomes = term.putAll(known, items, patience);
            Duration took = Duration.ofNanos(System.nanoTime() - start);
            for (PutOutcome outcome : outcomes) {
              metrics.put(queue, outcome.getClass().getSimpleName(), took);
            }
            return answer(known, outcomes);
          });
    } finally {
      callers.leave();
    }
  }

  /// The lines, each with a key of its own that no caller can send: it has a space.
  private List<Item> items(IdempotencyKey key, String contentType, byte[] body) {
    Map<String, String> trace = ItemResource.trace(telemetry);
    List<Item> items = new ArrayList<>();
    int start = 0;
    while (start < body.length) {
      int end = start;
      while (end < body.length && body[end] != '\n') {
        end++;
      }
      int last = end > start && body[end - 1] == '\r' ? end - 1 : end;
      if (last > start) {
        IdempotencyKey own = new IdempotencyKey(key.value() + " " + (items.size() + 1));
        items.add(new Item(own, contentType, Arrays.copyOfRange(body, start, last), trace));
      }
      start = end + 1;
    }
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
          ids.add(new ItemId(0, offset).toString());
          replayed += earlier ? 1 : 0;
        }
        case PutOutcome.Full() -> throw ItemResource.full(queue).with("put", ids.size());
        case PutOutcome.Unknown() -> throw ItemResource.unknown(queue);
      }
    }
    return Response.status(201)
        .entity(new PutMany(queue.name(), ids.size(), replayed, ids))
        .build();
  }
}
