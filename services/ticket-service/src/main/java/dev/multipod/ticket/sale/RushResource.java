package dev.multipod.ticket.sale;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.multipod.kit.input.Json;
import dev.multipod.kit.input.Names;
import dev.multipod.kit.problem.Problem;
import dev.multipod.ticket.sale.Events.EventView;
import io.smallrye.common.annotation.Blocking;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.subscription.BackPressureStrategy;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import java.time.Duration;
import java.util.UUID;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;

/// The tutorial's loop of buyers as one call.
@Path("/ticket-service/events/{event}/rush")
@Blocking
@RunOnVirtualThread
@Tag(name = "tickets")
public class RushResource {
  /// What to do.
  ///
  /// @param buyers how many buy one ticket each, all at once
  /// @param strategy how; `mutex` when left out
  record RushRequest(@Nullable Integer buyers, @Nullable String strategy) {}

  /// One line: a buyer's outcome, or at the end the sum.
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Line(
      @Nullable Integer buyer,
      @Nullable String outcome,
      @Nullable UUID order,
      @Nullable Integer remainingAfter,
      @Nullable Duration took,
      @Nullable Sum sum) {}

  /// What came of all of them.
  ///
  /// @param event as it is after the rush
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Sum(
      int buyers, int sold, int soldOut, int failed, Duration took, @Nullable EventView event) {}

  private final Sales sales;
  private final Events events;
  private final SaleSettings settings;
  private final Json json;

  RushResource(Sales sales, Events events, SaleSettings settings, Json json) {
    this.sales = sales;
    this.events = events;
    this.settings = settings;
    this.json = json;
  }

  @POST
  @Produces("application/x-ndjson")
  @Operation(summary = "Many buyers at once; one line for each as it ends, then the sum")
  @APIResponse(
      responseCode = "200",
      content = @Content(schema = @Schema(implementation = Line.class)))
  @APIResponse(responseCode = "422", description = "Too many buyers, or an unknown strategy")
  public Multi<Line> rush(
      @PathParam("event") String event,
      @RequestBody(content = @Content(schema = @Schema(implementation = RushRequest.class)))
          byte @Nullable [] body) {
    Names.require("event", event);
    RushRequest request = json.read(body, RushRequest.class);
    Strategy how = Strategy.parse(request.strategy());
    Integer buyers = request.buyers();
    if (buyers == null || buyers < 1 || buyers > settings.maxBuyers()) {
      throw Problem.of(
              422,
              "too-many-buyers",
              "The number of buyers cannot be used",
              "Send 1 to %d buyers; the bound is multipod.ticket-service.sale.max-buyers."
                  .formatted(settings.maxBuyers()))
          .with("limit", settings.maxBuyers());
    }
    if (events.find(event).isEmpty()) {
      throw EventResource.unknown(event);
    }
    Rush rush = new Rush(sales, events, event, how, buyers, settings.usualWait());
    // One line a buyer at most: the buffer is bounded by the number of buyers.
    return Multi.createFrom()
        .emitter(
            lines -> {
              lines.onTermination(rush::abandon);
              Thread.ofVirtual()
                  .name("rush-" + event)
                  .start(() -> rush.run(lines::emit, lines::complete));
            },
            BackPressureStrategy.BUFFER);
  }
}
