package dev.multipod.ticket.lock;

import dev.multipod.kit.input.Durations;
import dev.multipod.kit.input.Json;
import dev.multipod.kit.input.Names;
import dev.multipod.kit.problem.Problem;
import dev.multipod.kit.replica.Replica;
import dev.multipod.ticket.lock.Acquired.Full;
import dev.multipod.ticket.lock.Acquired.Gone;
import dev.multipod.ticket.lock.Acquired.Granted;
import dev.multipod.ticket.lock.Acquired.Waiting;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.PATCH;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.net.URI;
import java.time.Duration;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;

/// Leases: take, renew, give back.
@Path("/ticket-service/locks/{lock}/leases")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
@Tag(name = "locks")
public class LockResource {
  /// A lease as its holder sees it.
  ///
  /// @param id names the lease in its address; the owner
  /// @param token send it along with whatever the lock protects, and refuse lower ones there
  /// @param pod the replica that answered
  record LeaseView(String lock, UUID id, UUID owner, long token, Duration expiresIn, String pod) {}

  private static final Pattern ETAG = Pattern.compile("\"?(\\d{1,18})\"?");

  private final Locks locks;
  private final LockSettings settings;
  private final Json json;
  private final Replica replica;

  LockResource(Locks locks, LockSettings settings, Json json, Replica replica) {
    this.locks = locks;
    this.settings = settings;
    this.json = json;
    this.replica = replica;
  }

  @POST
  @Operation(summary = "Take the lock, waiting for it if asked to")
  @APIResponse(responseCode = "201", description = "Held; the ETag is the fencing token")
  @APIResponse(responseCode = "200", description = "Held by this owner already; extended")
  @APIResponse(responseCode = "423", description = "Not got within the wait")
  @APIResponse(responseCode = "503", description = "Queue full, or database away")
  public Response acquire(
      @PathParam("lock") String lock,
      @RequestBody(content = @Content(schema = @Schema(implementation = LeaseRequest.class)))
          byte @Nullable [] body,
      @Context RoutingContext http)
      throws InterruptedException {
    Names.require("lock", lock);
    LeaseRequest request =
        json.readOr(body, LeaseRequest.class, new LeaseRequest(null, null, null));
    UUID owner = request.ownerOrNew();
    Duration ttl = request.ttl(settings);
    Duration wait = request.waitOr(settings.usualWait());
    Waiter waiter = locks.waiter(lock, owner);
    http.addEndHandler(ended -> waiter.goneAway());
    return switch (locks.acquire(waiter, ttl, wait)) {
      case Granted granted ->
          Response.status(granted.again() ? 200 : 201)
              .location(URI.create("/ticket-service/locks/" + lock + "/leases/" + owner))
              .header(HttpHeaders.ETAG, "\"" + granted.token() + "\"")
              .entity(view(lock, owner, granted.token(), granted.left()))
              .build();
      case Waiting waiting -> throw held(lock, owner, waiting);
      case Full full -> throw full(lock);
      case Gone gone -> throw Problem.of(503, "unavailable", "Not available now", "Ask again.");
    };
  }

  @PATCH
  @Path("{lease}")
  @Operation(summary = "Renew the lease from now")
  @APIResponse(responseCode = "200", description = "Renewed")
  @APIResponse(responseCode = "412", description = "No longer this lease's; stop working")
  @APIResponse(responseCode = "428", description = "If-Match is missing")
  public Response renew(
      @PathParam("lock") String lock,
      @PathParam("lease") String lease,
      @HeaderParam("If-Match") @Nullable String match,
      @RequestBody(content = @Content(schema = @Schema(implementation = LeaseRequest.class)))
          byte @Nullable [] body) {
    Names.require("lock", lock);
    UUID owner = LeaseRequest.owner(lease);
    long token = token(match);
    Duration ttl =
        json.readOr(body, LeaseRequest.class, new LeaseRequest(null, null, null)).ttl(settings);
    if (!locks.renew(lock, owner, token, ttl)) {
      throw superseded(lock, token);
    }
    return Response.ok(view(lock, owner, token, ttl))
        .header(HttpHeaders.ETAG, "\"" + token + "\"")
        .build();
  }

  @DELETE
  @Path("{lease}")
  @Operation(summary = "Give the lock back; the next in the queue has it at once")
  @APIResponse(responseCode = "204", description = "Given back")
  @APIResponse(responseCode = "412", description = "No longer this lease's")
  @APIResponse(responseCode = "428", description = "If-Match is missing")
  public Response release(
      @PathParam("lock") String lock,
      @PathParam("lease") String lease,
      @HeaderParam("If-Match") @Nullable String match) {
    Names.require("lock", lock);
    UUID owner = LeaseRequest.owner(lease);
    long token = token(match);
    if (!locks.release(lock, owner, token)) {
      throw superseded(lock, token);
    }
    return Response.noContent().build();
  }

  private LeaseView view(String lock, UUID owner, long token, Duration left) {
    return new LeaseView(lock, owner, owner, token, left, replica.name());
  }

  private static long token(@Nullable String match) {
    if (match == null) {
      throw Problem.of(
          428,
          "if-match-missing",
          "This call needs If-Match",
          "Send the ETag of the lease as If-Match: it is the fencing token.");
    }
    Matcher etag = ETAG.matcher(match.strip());
    if (!etag.matches()) {
      throw Problem.of(
          400,
          "invalid-if-match",
          "The If-Match is not a token",
          "Send the ETag of the lease, such as \"5\".");
    }
    return Long.parseLong(etag.group(1));
  }

  private static Problem superseded(String lock, long token) {
    return Problem.of(
            412,
            "lease-superseded",
            "The lease is no longer yours",
            "Stop what you do under it: it was released, or it ran out and the lock went to another.")
        .with("lock", lock)
        .with("token", token);
  }

  private Problem held(String lock, UUID owner, Waiting waiting) {
    Problem held =
        Problem.of(
                423,
                "lock-held",
                "The lock is held",
                "Ask again with the same owner; with a wait above zero your place is kept for %s."
                    .formatted(Durations.format(settings.keepPlace())))
            .with("lock", lock)
            .with("owner", owner)
            .with("position", waiting.position());
    if (waiting.holder() != null && waiting.pod() != null) {
      held = held.with("holder", waiting.holder()).with("holderPod", waiting.pod());
    }
    return held.retryAfter(Duration.ofSeconds(1));
  }

  private Problem full(String lock) {
    return Problem.of(
            503,
            "lock-queue-full",
            "Too many wait for this lock",
            "Retry later; the bound is multipod.ticket-service.lock.max-waiters.")
        .with("lock", lock)
        .with("limit", settings.maxWaiters())
        .retryAfter(Duration.ofSeconds(1));
  }
}
