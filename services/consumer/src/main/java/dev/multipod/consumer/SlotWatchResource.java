package dev.multipod.consumer;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.multipod.kit.input.Names;
import dev.multipod.kit.replica.Drain;
import dev.multipod.kit.replica.Replica;
import dev.multipod.kit.stream.Events;
import dev.multipod.kit.stream.Watchers;
import dev.multipod.queue.Everywhere;
import dev.multipod.queue.Forward;
import io.micrometer.core.instrument.MeterRegistry;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.jspecify.annotations.Nullable;

/// The slots to be looked on at: `curl -N`, or an `EventSource` of a browser.
@Path("/consumer/slots/events")
@RunOnVirtualThread
public class SlotWatchResource {
  private final SlotStream.Means means;
  private final Leases leases;
  private final EatSettings settings;
  private final Replica replica;
  private final Drain drain;
  private final Events events;
  private final Watchers watchers;

  SlotWatchResource(
      SlotWatch watch,
      Everywhere everywhere,
      Forward forward,
      ObjectMapper json,
      Leases leases,
      EatSettings settings,
      Replica replica,
      Drain drain,
      Events events,
      MeterRegistry metrics) {
    this.means = new SlotStream.Means(watch, everywhere, forward, json);
    this.leases = leases;
    this.settings = settings;
    this.replica = replica;
    this.drain = drain;
    this.events = events;
    this.watchers =
        new Watchers(
            settings.watchers(),
            "multipod.consumer.eat.watchers",
            "multipod.consumer.slots.watchers",
            metrics);
  }

  @GET
  @Produces({Events.LINES, MediaType.SERVER_SENT_EVENTS})
  @Operation(
      summary = "Who takes what, over all replicas, as it happens",
      description =
          "held (what is in somebody's hands when the watching begins), then taken, renewed, done,"
              + " released, rejected, lost: lines of JSON, or server-sent events for 'Accept:"
              + " text/event-stream'. watching and away tell which replicas are heard. With queue=…"
              + " of that queue alone. It ends with the replica that was asked: ask again.")
  public Response watch(
      @QueryParam("queue") @Nullable String queue,
      @Context HttpHeaders headers,
      @Context RoutingContext http) {
    if (queue != null) {
      Names.require("queue", queue);
    }
    if (drain.begun()) {
      throw Drain.draining();
    }
    HttpServerRequest request = http.request();
    SlotStream stream =
        new SlotStream(
            means, request, name -> queue == null || name.equals(queue), settings.events());
    watchers.enter(http, stream::close);
    Response answer =
        events.of(
            stream.feed(), headers.getAcceptableMediaTypes(), 0, () -> request.response().closed());
    long from = means.watch().feed().last();
    List<SlotView> held =
        leases.held().stream()
            .flatMap(holding -> SlotView.of(replica.name(), holding).stream())
            .toList();
    stream.begin(replica.name(), from, held);
    return answer;
  }
}
