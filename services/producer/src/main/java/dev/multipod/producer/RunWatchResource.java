package dev.multipod.producer;

import dev.multipod.kit.stream.Events;
import dev.multipod.kit.stream.Watchers;
import dev.multipod.queue.RunHolders;
import io.micrometer.core.instrument.MeterRegistry;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.Optional;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.jspecify.annotations.Nullable;

/// A run to be looked on at: `curl -N`, or an `EventSource` of a browser.
@Path("/producer/runs/{run}/events")
@RunOnVirtualThread
public class RunWatchResource {
  private final Runs runs;
  private final RunHolders holders;
  private final Events events;
  private final Watchers watchers;

  RunWatchResource(
      Runs runs, RunSettings settings, RunHolders holders, Events events, MeterRegistry metrics) {
    this.runs = runs;
    this.holders = holders;
    this.events = events;
    this.watchers =
        new Watchers(
            settings.watchers(),
            "multipod.producer.run.watchers",
            "multipod.producer.run.watchers",
            metrics);
  }

  @GET
  @Produces({Events.LINES, MediaType.SERVER_SENT_EVENTS})
  @Operation(
      summary = "The steps of a run as they happen",
      description =
          "put, full, retrying, joining, then joined, failed or stopped, with which it ends: lines"
              + " of JSON, or server-sent events for 'Accept: text/event-stream', with Last-Event-ID."
              + " A stream that ends with none of the three was cut: its replica is gone.")
  public Response watch(
      @PathParam("run") String run,
      @HeaderParam(HttpHeaders.LAST_EVENT_ID_HEADER) @Nullable String lastId,
      @Context HttpHeaders headers,
      @Context RoutingContext http)
      throws InterruptedException {
    long after = lastId == null ? 0 : Events.after(lastId);
    HttpServerRequest request = http.request();
    watchers.enter(http, () -> {});
    Optional<Response> other = holders.streamOfRun(run, request);
    if (other.isPresent()) {
      return other.get();
    }
    Run known = runs.find(run).orElseThrow(() -> RunHolders.unknown(run));
    return events.of(
        known.feed(), headers.getAcceptableMediaTypes(), after, () -> request.response().closed());
  }
}
