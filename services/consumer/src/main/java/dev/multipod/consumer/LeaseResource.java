package dev.multipod.consumer;

import dev.multipod.kit.input.IdempotencyKey;
import dev.multipod.kit.input.Names;
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
import java.time.Instant;
import java.util.Optional;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.jspecify.annotations.Nullable;

/// Getting items and acknowledging them.
@Path("/consumer/queues/{queue}/leases")
@Consumes(MediaType.WILDCARD)
@RunOnVirtualThread
public class LeaseResource {
  /// A lease that goes on.
  record Renewed(String ackUrl, Instant leaseUntil) {}

  static final Duration HOP = Duration.ofSeconds(5);

  private final Dispatch dispatch;
  private final Leases leases;
  private final Keys keys;
  private final Holders holders;
  private final Directory directory;
  private final LongPoll limits;

  LeaseResource(
      Dispatch dispatch,
      Leases leases,
      Keys keys,
      Holders holders,
      Directory directory,
      LongPoll limits) {
    this.dispatch = dispatch;
    this.leases = leases;
    this.keys = keys;
    this.holders = holders;
    this.directory = directory;
    this.limits = limits;
  }

  @POST
  @Operation(
      summary = "Get an item: Python's get(timeout=…)",
      description =
          "200 with the item, where to acknowledge it (ackUrl), and until when it is yours; 204 is"
              + " Python's Empty. JSON, or the item's own bytes with the rest in Multipod-Item-*"
              + " headers for 'Accept: application/octet-stream' or text/plain. An Idempotency-Key"
              + " is optional: the lease makes a get safe. With a key a repeated get has the same"
              + " lease; without one a lost answer costs one lease of waiting, and no item.")
  public Response get(
      @PathParam("queue") String queue,
      @QueryParam("timeout") @DefaultValue("0s") Duration timeout,
      @HeaderParam(IdempotencyKey.HEADER) @Nullable String keyHeader,
      @HeaderParam(HttpHeaders.ACCEPT) @Nullable String accept,
      @Context HttpServerRequest request)
      throws InterruptedException {
    // Optional here: a lost answer costs one lease of waiting, and no item.
    Optional<IdempotencyKey> key = Optional.ofNullable(keyHeader).map(IdempotencyKey::require);
    QueueDefinition known = directory.require(Names.require("queue", queue));
    Duration wait = limits.bounded(timeout);
    Keys.Get get = () -> dispatch.get(known, 1, wait, () -> request.response().closed());
    if (key.isEmpty()) {
      return answer(new Keys.Answer(get.lease(), false), accept);
    }
    Optional<Response> other = holders.ofKey(key.get().value(), request, wait.plus(HOP));
    return other.isPresent() ? other.get() : answer(keys.once(key.get(), queue, wait, get), accept);
  }

  private static Response answer(Keys.Answer answer, @Nullable String accept) {
    if (answer.lease().isEmpty()) {
      return Response.noContent().build();
    }
    Response.ResponseBuilder item = LeaseAnswer.of(answer.lease().get(), accept);
    if (answer.replayed()) {
      item.header(IdempotencyKey.REPLAYED, "true");
    }
    return item.build();
  }

  @POST
  @Path("/{lease}/done")
  @Operation(
      summary = "Python's task_done()",
      description =
          "For an item, or with a batch's own URL for all that is left of it. 204; 409 the lease has"
              + " ended; 410 it is done already: called too many times.")
  public Response done(
      @PathParam("queue") String queue,
      @PathParam("lease") String lease,
      @Context HttpServerRequest request)
      throws InterruptedException {
    return atHolder(
        lease,
        request,
        () -> {
          leases.done(queue, lease);
          return Response.noContent().build();
        });
  }

  @POST
  @Path("/{lease}/release")
  @Operation(
      summary = "Give the item, or what is left of a batch, back; it is delivered again at once")
  public Response release(
      @PathParam("queue") String queue,
      @PathParam("lease") String lease,
      @Context HttpServerRequest request)
      throws InterruptedException {
    return atHolder(
        lease,
        request,
        () -> {
          leases.release(queue, lease);
          return Response.noContent().build();
        });
  }

  @POST
  @Path("/{lease}/reject")
  @Operation(
      summary =
          "Give the item, or what is left of a batch, up: to the dead letters; it counts as done")
  public Response reject(
      @PathParam("queue") String queue,
      @PathParam("lease") String lease,
      @Context HttpServerRequest request)
      throws InterruptedException {
    return atHolder(
        lease,
        request,
        () -> {
          leases.reject(queue, lease);
          return Response.noContent().build();
        });
  }

  @POST
  @Path("/{lease}/renew")
  @Operation(summary = "Keep the item, or what is left of a batch, for one more lease from now")
  public Response renew(
      @PathParam("queue") String queue,
      @PathParam("lease") String lease,
      @Context HttpServerRequest request)
      throws InterruptedException {
    return atHolder(
        lease,
        request,
        () -> {
          Lease renewed = leases.renew(queue, lease);
          return Response.ok(
                  new Renewed(renewed.ackUrl(), renewed.until()), MediaType.APPLICATION_JSON)
              .build();
        });
  }

  /// What is to be done where the item is held: here, or the answer of the replica that holds it.
  private interface AtHolder {
    Response answer() throws InterruptedException;
  }

  private Response atHolder(String lease, HttpServerRequest request, AtHolder here)
      throws InterruptedException {
    Optional<Response> other = holders.ofLease(lease, request);
    return other.isPresent() ? other.get() : here.answer();
  }
}
