package dev.multipod.consumer;

import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.core.http.HttpServerRequest;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.time.Instant;
import java.util.Optional;
import org.eclipse.microprofile.openapi.annotations.Operation;

/// Acknowledging items: done, given back, given up, kept.
@Path("/consumer/queues/{queue}/leases")
@Consumes(MediaType.WILDCARD)
@RunOnVirtualThread
public class LeaseResource {
  /// A lease that goes on.
  record Renewed(String ackUrl, Instant leaseUntil) {}

  private final Leases leases;
  private final Holders holders;

  LeaseResource(Leases leases, Holders holders) {
    this.leases = leases;
    this.holders = holders;
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
