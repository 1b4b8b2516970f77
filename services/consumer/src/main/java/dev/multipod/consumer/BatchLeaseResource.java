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
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.time.Duration;
import java.util.Optional;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.jspecify.annotations.Nullable;

/// Getting many items with one call, under one lease.
@Path("/consumer/queues/{queue}/leases/batch")
@Consumes(MediaType.WILDCARD)
@RunOnVirtualThread
public class BatchLeaseResource {
  private final Dispatch dispatch;
  private final Keys keys;
  private final Holders holders;
  private final Directory directory;
  private final LongPoll limits;
  private final ConsumerSettings settings;
  private final ObjectMapper mapper;

  BatchLeaseResource(
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
      summary = "Get many items, a line of JSON each",
      description =
          "At most max of those that wait, as soon as there is one; 204 is Python's Empty. They are"
              + " one lease: Multipod-Lease-Ack-Url is where all that is left of it is acknowledged,"
              + " the ackUrl of a line where that item is. An Idempotency-Key is optional: a repeated"
              + " get with the same key has the same lease, without the items that have ended.")
  public Response get(
      @PathParam("queue") String queue,
      @QueryParam("max") @DefaultValue("100") int max,
      @QueryParam("timeout") @DefaultValue("0s") Duration timeout,
      @HeaderParam(IdempotencyKey.HEADER) @Nullable String keyHeader,
      @Context HttpServerRequest request)
      throws InterruptedException {
    Optional<IdempotencyKey> key = Optional.ofNullable(keyHeader).map(IdempotencyKey::require);
    QueueDefinition known = directory.require(Names.require("queue", queue));
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
    Duration wait = limits.bounded(timeout);
    Keys.Get get = () -> dispatch.get(known, max, wait, () -> request.response().closed());
    if (key.isEmpty()) {
      return answer(new Keys.Answer(get.lease(), false));
    }
    Optional<Response> other =
        holders.ofKey(key.get().value(), request, wait.plus(LeaseResource.HOP));
    return other.isPresent()
        ? other.get()
        : answer(keys.once(key.get(), queue + " batch " + max, wait, get));
  }

  private Response answer(Keys.Answer answer) {
    if (answer.lease().isEmpty()) {
      return Response.noContent().build();
    }
    Response.ResponseBuilder items = LeaseAnswer.lines(answer.lease().get(), mapper);
    if (answer.replayed()) {
      items.header(IdempotencyKey.REPLAYED, "true");
    }
    return items.build();
  }
}
