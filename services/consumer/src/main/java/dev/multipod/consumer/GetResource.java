package dev.multipod.consumer;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.multipod.kit.input.IdempotencyKey;
import dev.multipod.kit.input.Names;
import dev.multipod.kit.problem.Problem;
import dev.multipod.kit.wait.LongPoll;
import dev.multipod.queue.Directory;
import dev.multipod.queue.QueueDefinition;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.core.http.HttpServerRequest;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.time.Duration;
import java.util.Optional;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.jspecify.annotations.Nullable;

/// Getting items: one, or many with one call, under one lease.
@Path("/consumer/queues/{queue}/leases")
@Consumes(MediaType.WILDCARD)
@RunOnVirtualThread
public class GetResource {
  /// How a lease is shown to its taker.
  private interface Shape {
    Response.ResponseBuilder of(Lease lease);
  }

  private static final Duration HOP = Duration.ofSeconds(5);

  private final Dispatch dispatch;
  private final Keys keys;
  private final Holders holders;
  private final Directory directory;
  private final LongPoll limits;
  private final ConsumerSettings settings;
  private final ObjectMapper mapper;

  GetResource(
      Dispatch dispatch,
      Keys keys,
      Holders holders,
      Directory directory,
      LongPoll limits,
      ConsumerSettings settings,
      ObjectMapper mapper) {
    this.dispatch = dispatch;
    this.keys = keys;
    this.holders = holders;
    this.directory = directory;
    this.limits = limits;
    this.settings = settings;
    this.mapper = mapper;
  }

  @POST
  @Operation(
      summary = "Get an item: Python's get(timeout=…)",
      description =
          "200 with the item, where to acknowledge it (ackUrl), and until when it is yours; 204 is"
              + " Python's Empty. JSON, or the item's own bytes with the rest in Multipod-Item-*"
              + " headers for 'Accept: application/octet-stream' or text/plain. The item's key and"
              + " headers are in key and headers (keyB64, headersB64 where they are not text), or in"
              + " Multipod-Item-Key and Multipod-Item-Header-NAME, %-encoded. An Idempotency-Key"
              + " is optional: the lease makes a get safe. With a key a repeated get has the same"
              + " lease; without one a lost answer costs one lease of waiting, and no item.")
  public Response get(
      @PathParam("queue") String queue,
      @QueryParam("timeout") @DefaultValue("0s") Duration timeout,
      @HeaderParam(IdempotencyKey.HEADER) @Nullable String key,
      @HeaderParam(HttpHeaders.ACCEPT) @Nullable String accept,
      @Context HttpServerRequest request)
      throws InterruptedException {
    return get(queue, 1, queue, timeout, key, request, lease -> LeaseAnswer.of(lease, accept));
  }

  @POST
  @Path("/batch")
  @Operation(
      summary = "Get many items, a line of JSON each",
      description =
          "At most max of those that wait, as soon as there is one; 204 is Python's Empty. They are"
              + " one lease, and each line can be put again as it is: Multipod-Lease-Ack-Url is where all that is left of it is acknowledged,"
              + " the ackUrl of a line where that item is. An Idempotency-Key is optional: a repeated"
              + " get with the same key has the same lease, without the items that have ended.")
  public Response getMany(
      @PathParam("queue") String queue,
      @QueryParam("max") @DefaultValue("100") int max,
      @QueryParam("timeout") @DefaultValue("0s") Duration timeout,
      @HeaderParam(IdempotencyKey.HEADER) @Nullable String key,
      @Context HttpServerRequest request)
      throws InterruptedException {
    if (max < 1 || max > settings.batch()) {
      throw Problem.of(
              422,
              "too-many-items",
              "Not a number of items that one call can get",
              "Ask with a max of 1 to %d, the setting multipod.consumer.batch."
                  .formatted(settings.batch()))
          .with("max", max)
          .with("limit", settings.batch());
    }
    String what = queue + " batch " + max;
    return get(queue, max, what, timeout, key, request, lease -> LeaseAnswer.lines(lease, mapper));
  }

  /// @param what what is asked for: a repeated key must ask for the same
  private Response get(
      String queue,
      int most,
      String what,
      Duration timeout,
      @Nullable String keyHeader,
      HttpServerRequest request,
      Shape shape)
      throws InterruptedException {
    // Optional here: a lost answer costs one lease of waiting, and no item.
    Optional<IdempotencyKey> key = Optional.ofNullable(keyHeader).map(IdempotencyKey::require);
    QueueDefinition known = directory.require(Names.require("queue", queue));
    Duration wait = limits.bounded(timeout);
    Keys.Get get = () -> dispatch.get(known, most, wait, () -> request.response().closed());
    Optional<Response> other = Optional.empty();
    if (known.isFifo()) {
      other = holders.ofQueue(queue, request, wait.plus(HOP));
    } else if (key.isPresent()) {
      other = holders.ofKey(key.get().value(), request, wait.plus(HOP));
    }
    if (other.isPresent()) {
      return other.get();
    }
    return key.isEmpty()
        ? answer(new Keys.Answer(get.lease(), false), shape)
        : answer(keys.once(key.get(), known, what, wait, get), shape);
  }

  private static Response answer(Keys.Answer answer, Shape shape) {
    if (answer.lease().isEmpty()) {
      return Response.noContent().build();
    }
    Response.ResponseBuilder items = shape.of(answer.lease().get());
    if (answer.replayed()) {
      items.header(IdempotencyKey.REPLAYED, "true");
    }
    return items.build();
  }
}
