package dev.multipod.ticket.sale;

import dev.multipod.kit.problem.Problem;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.util.Optional;
import java.util.UUID;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/// Orders, to be looked at.
@Path("/ticket-service/orders/{id}")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
@Tag(name = "tickets")
public class OrderViewResource {
  private final Orders orders;

  OrderViewResource(Orders orders) {
    this.orders = orders;
  }

  @GET
  @Operation(summary = "An order")
  public Order order(@PathParam("id") String id) {
    Optional<Order> found;
    try {
      found = orders.find(UUID.fromString(id));
    } catch (IllegalArgumentException e) {
      found = Optional.empty();
    }
    return found.orElseThrow(
        () ->
            Problem.of(404, "no-such-order", "There is no such order", "Check the order's id.")
                .with("order", id));
  }
}
