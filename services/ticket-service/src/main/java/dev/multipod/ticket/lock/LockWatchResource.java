package dev.multipod.ticket.lock;

import dev.multipod.kit.input.Json;
import dev.multipod.kit.problem.Problem;
import dev.multipod.kit.replica.Drain;
import dev.multipod.ticket.database.DatabaseAwayException;
import io.micrometer.core.instrument.MeterRegistry;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.sse.OutboundSseEvent;
import jakarta.ws.rs.sse.Sse;
import jakarta.ws.rs.sse.SseEventSink;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;

/// A lock to be looked on at: `curl -N`, or an `EventSource` of a browser, which comes back by
/// itself when this replica stops and is told what it missed.
@Path("/ticket-service/locks/{lock}/events")
@RunOnVirtualThread
@Tag(name = "locks")
public class LockWatchResource {
  /// A line that says nothing: who does not take it is gone.
  private static final Duration SIGN_OF_LIFE = Duration.ofSeconds(10);

  private final LockViews views;
  private final LockSettings settings;
  private final Drain drain;
  private final Json json;
  private final Semaphore places;

  LockWatchResource(
      LockViews views, LockSettings settings, Drain drain, Json json, MeterRegistry metrics) {
    this.views = views;
    this.settings = settings;
    this.drain = drain;
    this.json = json;
    this.places = new Semaphore(settings.maxWatchers());
    metrics.gauge(
        "multipod.ticket-service.lock.watchers",
        places,
        free -> settings.maxWatchers() - free.availablePermits());
  }

  @GET
  @Produces(MediaType.SERVER_SENT_EVENTS)
  @Operation(
      summary = "What happens to the lock: granted, ended, queue",
      description =
          "Server-sent events (HTML Living Standard, 9.2). The id is the fencing token; with"
              + " Last-Event-ID the stream goes on after it, at any replica.")
  @APIResponse(responseCode = "200", description = "A stream without an end")
  @APIResponse(responseCode = "503", description = "Too many watch, or the database is away")
  public void events(
      @PathParam("lock") String lock,
      @HeaderParam(HttpHeaders.LAST_EVENT_ID_HEADER) @Nullable String lastId,
      @Context SseEventSink sink,
      @Context Sse sse)
      throws InterruptedException {
    LockWatch watch = new LockWatch(views, LockNames.readable(lock), Optional.ofNullable(lastId));
    if (!places.tryAcquire()) {
      throw Problem.of(
              503,
              "too-many-watchers",
              "Too many watch locks here already",
              "Retry later; the bound is multipod.ticket-service.lock.max-watchers.")
          .with("limit", settings.maxWatchers())
          .retryAfter(Duration.ofSeconds(1));
    }
    try {
      List<LockWatch.Event> first = watch.look();
      try (sink) {
        tell(watch, first, sink, sse);
      } catch (CompletionException gone) {
        // Nobody to tell any more.
      }
    } finally {
      places.release();
    }
  }

  private void tell(LockWatch watch, List<LockWatch.Event> first, SseEventSink sink, Sse sse)
      throws InterruptedException {
    // At once, so that the watcher has the headers.
    send(sink, sse.newEventBuilder().comment("watching").build());
    List<LockWatch.Event> events = first;
    long told = System.nanoTime();
    do {
      for (LockWatch.Event event : events) {
        OutboundSseEvent.Builder line =
            sse.newEventBuilder().name(event.name()).data(json.write(event));
        event.id().ifPresent(line::id);
        send(sink, line.build());
        told = System.nanoTime();
      }
      if (System.nanoTime() - told > SIGN_OF_LIFE.toNanos()) {
        send(sink, sse.newEventBuilder().comment("still here").build());
        told = System.nanoTime();
      }
      long pause = watch.isBehind() ? 0 : settings.poll().toNanos();
      if (drain.await(pause, TimeUnit.NANOSECONDS)) {
        return;
      }
      events = look(watch);
    } while (!sink.isClosed());
  }

  /// What is missed while the database is away is told when it is back.
  private static List<LockWatch.Event> look(LockWatch watch) {
    try {
      return watch.look();
    } catch (DatabaseAwayException e) {
      return List.of();
    }
  }

  private static void send(SseEventSink sink, OutboundSseEvent event) {
    sink.send(event).toCompletableFuture().join();
  }
}
