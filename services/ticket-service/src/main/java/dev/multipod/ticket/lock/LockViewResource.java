package dev.multipod.ticket.lock;

import dev.multipod.kit.problem.Problem;
import dev.multipod.ticket.http.Rows;
import dev.multipod.ticket.lock.LockViews.LockView;
import dev.multipod.ticket.lock.LockViews.Place;
import dev.multipod.ticket.lock.LockViews.Tenure;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;

/// What a lock looks like: its holder, its queue, its history. The lock of an event is `event:` and
/// the event's name.
@Path("/ticket-service/locks/{lock}")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
@Tag(name = "locks")
public class LockViewResource {
  private final LockViews views;

  LockViewResource(LockViews views) {
    this.views = views;
  }

  @GET
  @Operation(summary = "Who holds the lock, and how many wait")
  public LockView lock(@PathParam("lock") String lock) {
    return views
        .lock(LockNames.readable(lock))
        .orElseThrow(
            () ->
                Problem.of(
                        404,
                        "no-such-lock",
                        "Nobody ever asked for this lock",
                        "A lock exists from the first request for a lease on.")
                    .with("lock", lock));
  }

  @GET
  @Path("waiters")
  @Operation(summary = "The queue, the next one first")
  public List<Place> waiters(
      @PathParam("lock") String lock, @QueryParam("limit") @Nullable String limit) {
    return views.waiters(LockNames.readable(lock), Rows.limit(limit));
  }

  @GET
  @Path("tenures")
  @Operation(summary = "Who had the lock, the newest first")
  public List<Tenure> tenures(
      @PathParam("lock") String lock, @QueryParam("limit") @Nullable String limit) {
    return views.tenures(LockNames.readable(lock), Rows.limit(limit));
  }
}
