package dev.multipod.ticket.sale;

import dev.multipod.kit.input.IdempotencyKey;
import dev.multipod.kit.input.Json;
import dev.multipod.kit.input.Names;
import dev.multipod.kit.problem.Problem;
import dev.multipod.ticket.sale.Sale.KeyReused;
import dev.multipod.ticket.sale.Sale.Late;
import dev.multipod.ticket.sale.Sale.NoSuchEvent;
import dev.multipod.ticket.sale.Sale.Numbered;
import dev.multipod.ticket.sale.Sale.Sold;
import dev.multipod.ticket.sale.Sale.SoldOut;
import dev.multipod.ticket.sale.Sale.TooManySeats;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.net.URI;
import java.time.Duration;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;

/// Buying one ticket.
@Path("/ticket-service/events/{event}/orders")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
@Tag(name = "tickets")
public class OrderResource {
  private static final int LONGEST_BUYER = 100;

  /// What an order may say.
  ///
  /// @param buyer who buys; at most 100 characters; may be left out
  record OrderRequest(@Nullable String buyer) {}

  private final Sales sales;
  private final SaleSettings settings;
  private final Json json;

  OrderResource(Sales sales, SaleSettings settings, Json json) {
    this.sales = sales;
    this.settings = settings;
    this.json = json;
  }

  @POST
  @Operation(
      summary = "Buy one ticket",
      description = "Retry with the same Idempotency-Key, at any replica: it is sold once.")
  @APIResponse(responseCode = "201", description = "Sold; Idempotency-Replayed: true on a retry")
  @APIResponse(responseCode = "400", description = "Idempotency-Key missing, body unreadable")
  @APIResponse(responseCode = "409", description = "Sold out")
  @APIResponse(responseCode = "422", description = "Unknown strategy, or key used for another body")
  @APIResponse(responseCode = "503", description = "The wait ran out, or the database is away")
  public Response order(
      @PathParam("event") String event,
      @QueryParam("strategy") @Nullable String strategy,
      @QueryParam("wait") @Nullable Duration wait,
      @HeaderParam(IdempotencyKey.HEADER) @Nullable String key,
      @RequestBody(content = @Content(schema = @Schema(implementation = OrderRequest.class)))
          byte @Nullable [] body)
      throws InterruptedException {
    Names.require("event", event);
    Strategy how = Strategy.parse(strategy);
    String buyer = buyer(json.readOr(body, OrderRequest.class, new OrderRequest(null)).buyer());
    Purchase purchase = Purchase.of(event, IdempotencyKey.require(key).value(), buyer, how);
    return switch (sales.sell(purchase, wait == null ? settings.usualWait() : wait)) {
      case Sold(Order order, boolean replayed) -> sold(order, replayed);
      case SoldOut soldOut ->
          throw Problem.of(
                  409,
                  "sold-out",
                  "Sold out",
                  "There is no ticket left; look again after the stock was raised.")
              .with("event", event);
      case KeyReused reused -> throw IdempotencyKey.reused();
      case NoSuchEvent unknown -> throw EventResource.unknown(event);
      case Numbered numbered ->
          throw Problem.of(
                  409,
                  "event-numbered",
                  "The event's tickets have numbers",
                  "They are sold with ?strategy=seats alone; use that, or another event.")
              .with("event", event);
      case TooManySeats tooMany ->
          throw Problem.of(
                  422,
                  "too-many-seats",
                  "The event has too many tickets for numbered seats",
                  "Use another strategy, or an event with at most %d tickets left; the bound is"
                          .formatted(settings.maxSeats())
                      + " multipod.ticket-service.sale.max-seats.")
              .with("limit", settings.maxSeats());
      case Late late ->
          throw Problem.of(
                  503,
                  "order-wait-ran-out",
                  "Your turn did not come in time",
                  "Retry with the same Idempotency-Key: if it was sold, you get that order.")
              .with("event", event)
              .retryAfter(Duration.ofSeconds(1));
    };
  }

  private static Response sold(Order order, boolean replayed) {
    Response.ResponseBuilder response =
        Response.created(URI.create("/ticket-service/orders/" + order.id())).entity(order);
    if (replayed) {
      response.header(IdempotencyKey.REPLAYED, true);
    }
    return response.build();
  }

  private static @Nullable String buyer(@Nullable String name) {
    if (name != null
        && (name.length() > LONGEST_BUYER || name.chars().anyMatch(Character::isISOControl))) {
      throw Problem.of(
          422,
          "invalid-buyer",
          "The buyer cannot be used",
          "Send a buyer of at most %d characters, none of them a control character."
              .formatted(LONGEST_BUYER));
    }
    return name;
  }
}
