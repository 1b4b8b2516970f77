package dev.multipod.ticket.sale;

import dev.multipod.kit.input.Durations;
import dev.multipod.kit.input.Json;
import dev.multipod.kit.input.Names;
import dev.multipod.kit.problem.Problem;
import dev.multipod.ticket.sale.Events.Change;
import dev.multipod.ticket.sale.Events.EventView;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.time.Duration;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;

/// Events: open one, look at it.
@Path("/ticket-service/events/{event}")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
@Tag(name = "tickets")
public class EventResource {
  private static final int MOST = 100_000_000;

  /// What an event is to be.
  ///
  /// @param stock how many tickets, 0 to 100,000,000
  /// @param think how long a sale thinks between reading and writing: the tutorial's sleep
  record EventRequest(
      @Nullable Integer stock,
      @Schema(type = SchemaType.STRING, examples = "\"500ms\"") @Nullable Duration think) {}

  private final Events events;
  private final SaleSettings settings;
  private final Json json;

  EventResource(Events events, SaleSettings settings, Json json) {
    this.events = events;
    this.settings = settings;
    this.json = json;
  }

  @PUT
  @Operation(
      summary = "Open an event, or change its stock; what is sold stays sold",
      description = "Repeatable. Without think, the replica's usual thinking time is taken.")
  @APIResponse(responseCode = "201", description = "Opened")
  @APIResponse(responseCode = "200", description = "Changed, or as it was")
  @APIResponse(responseCode = "409", description = "More is sold than the new stock has")
  @APIResponse(responseCode = "422", description = "Stock or think out of range; nothing changed")
  public Response put(
      @PathParam("event") String event,
      @RequestBody(content = @Content(schema = @Schema(implementation = EventRequest.class)))
          byte @Nullable [] body) {
    Names.require("event", event);
    EventRequest request = json.read(body, EventRequest.class);
    Integer stock = request.stock();
    if (stock == null || stock < 0 || stock > MOST) {
      throw Problem.of(
          422,
          "invalid-stock",
          "The stock cannot be used",
          "Send a stock of 0 to %d; nothing was changed.".formatted(MOST));
    }
    Duration think = request.think() == null ? settings.think() : request.think();
    if (think.compareTo(settings.maxThink()) > 0) {
      throw Problem.of(
          422,
          "think-too-long",
          "The thinking time is too long",
          "Send a think of at most %s; nothing was changed."
              .formatted(Durations.format(settings.maxThink())));
    }
    Change change = events.put(event, stock, think);
    return switch (change) {
      case CREATED -> Response.status(201).entity(get(event)).build();
      case CHANGED, UNCHANGED -> Response.ok(get(event)).build();
      case CLOSING ->
          throw Problem.of(
                  409,
                  "event-closing",
                  "An event of this name is being taken down",
                  "Retry; DELETE it again if its deletion was interrupted.")
              .with("event", event)
              .retryAfter(Duration.ofSeconds(1));
      case BELOW_SOLD ->
          throw Problem.of(
                  409,
                  "stock-below-sold",
                  "More is sold than that",
                  "Send a stock of at least what is sold, or open an event of another name.")
              .with("event", event)
              .with("sold", get(event).sold());
    };
  }

  @GET
  @Operation(summary = "What remains and what is sold; takes no lock")
  public EventView get(@PathParam("event") String event) {
    return events.find(Names.require("event", event)).orElseThrow(() -> unknown(event));
  }

  @DELETE
  @Operation(
      summary = "Take an event down, with all its orders",
      description = "Repeatable. An event that is opened under the name later is a new one.")
  @APIResponse(responseCode = "204", description = "There is no such event any more")
  public void delete(@PathParam("event") String event) {
    events.delete(Names.require("event", event));
  }

  static Problem unknown(String event) {
    return Problem.of(
            404,
            "no-such-event",
            "There is no such event",
            "Open it first: PUT /ticket-service/events/NAME {\"stock\": 100}.")
        .with("event", event);
  }
}
