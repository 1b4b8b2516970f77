package dev.multipod.ticket.sale;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.multipod.kit.input.Names;
import dev.multipod.kit.problem.Problem;
import dev.multipod.ticket.http.Rows;
import dev.multipod.ticket.sale.Events.EventView;
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

/// Lists, a page at a time: a page that is full says where the next one begins.
@Path("/ticket-service/events")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
@Tag(name = "tickets")
public class ListResource {
  /// One page.
  ///
  /// @param next the path of the next page; absent after the last
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Page<T>(List<T> items, @Nullable String next) {}

  private final Events events;
  private final Orders orders;

  ListResource(Events events, Orders orders) {
    this.events = events;
    this.orders = orders;
  }

  @GET
  @Operation(summary = "Events, in the order of their names")
  public Page<EventView> events(
      @QueryParam("after") @Nullable String after, @QueryParam("limit") @Nullable String limit) {
    int most = Rows.limit(limit);
    String from = after == null || after.isEmpty() ? "" : Names.require("after", after);
    List<EventView> items = events.list(from, most);
    return new Page<>(
        items,
        items.size() < most
            ? null
            : "/ticket-service/events?limit=%d&after=%s".formatted(most, items.getLast().event()));
  }

  @GET
  @Path("{event}/orders")
  @Operation(summary = "The orders of an event, in the order of their numbers")
  public Page<Order> orders(
      @PathParam("event") String event,
      @QueryParam("after") @Nullable String after,
      @QueryParam("limit") @Nullable String limit) {
    Names.require("event", event);
    int most = Rows.limit(limit);
    List<Order> items = orders.of(event, number(after), most);
    if (items.isEmpty() && events.find(event).isEmpty()) {
      throw EventResource.unknown(event);
    }
    return new Page<>(
        items,
        items.size() < most
            ? null
            : "/ticket-service/events/%s/orders?limit=%d&after=%d"
                .formatted(event, most, items.getLast().number()));
  }

  private static long number(@Nullable String after) {
    if (after == null || after.isEmpty()) {
      return 0;
    }
    if (after.length() > 18 || !after.chars().allMatch(c -> c >= '0' && c <= '9')) {
      throw Problem.of(
          400, "invalid-after", "The page cannot be found", "Follow 'next' of the page before.");
    }
    return Long.parseLong(after);
  }
}
