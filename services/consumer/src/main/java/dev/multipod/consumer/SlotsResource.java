package dev.multipod.consumer;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.multipod.kit.input.Names;
import dev.multipod.kit.replica.Replica;
import dev.multipod.queue.Everywhere;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.core.http.HttpServerRequest;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.jspecify.annotations.Nullable;

/// Who eats what, over all replicas.
@Path("/consumer/slots")
@RunOnVirtualThread
public class SlotsResource {
  private final Leases leases;
  private final ConsumerSettings settings;
  private final Everywhere everywhere;
  private final Replica replica;
  private final ObjectMapper json;

  SlotsResource(
      Leases leases,
      ConsumerSettings settings,
      Everywhere everywhere,
      Replica replica,
      ObjectMapper json) {
    this.leases = leases;
    this.settings = settings;
    this.everywhere = everywhere;
    this.replica = replica;
    this.json = json;
  }

  @GET
  @Produces(MediaType.APPLICATION_JSON)
  @Operation(
      summary = "Who eats what: the items in somebody's hands, over all replicas",
      description =
          "by is the loop that has the item, or 'http'. 'silent' are replicas that could not be"
              + " asked. With 'Accept: text/plain' a table; with queue=… of that queue alone.")
  public SlotTable table(
      @QueryParam("queue") @Nullable String queue, @Context HttpServerRequest request)
      throws InterruptedException {
    if (queue != null) {
      Names.require("queue", queue);
    }
    List<Holding> held = leases.held();
    List<SlotView> slots = new ArrayList<>();
    List<SlotTable.Replica> replicas = new ArrayList<>();
    List<Everywhere.Said.Silence> silent = new ArrayList<>();
    held.forEach(holding -> slots.addAll(SlotView.of(replica.name(), holding)));
    replicas.add(new SlotTable.Replica(replica.name(), settings.slots(), held.size()));
    for (Everywhere.Said said : everywhere.ask(request)) {
      switch (said) {
        case Everywhere.Said.Answer(String _, JsonNode theirs) -> {
          SlotTable table = read(theirs);
          slots.addAll(table.slots());
          replicas.addAll(table.replicas());
        }
        case Everywhere.Said.Silence silence -> silent.add(silence);
      }
    }
    slots.removeIf(slot -> queue != null && !slot.queue().equals(queue));
    slots.sort(Comparator.comparing(SlotView::replica).thenComparing(SlotView::since));
    replicas.sort(Comparator.comparing(SlotTable.Replica::replica));
    return new SlotTable(slots, replicas, silent);
  }

  @GET
  @Produces(MediaType.TEXT_PLAIN)
  @Operation(hidden = true)
  public String text(
      @QueryParam("queue") @Nullable String queue, @Context HttpServerRequest request)
      throws InterruptedException {
    return table(queue, request).text();
  }

  private SlotTable read(JsonNode table) {
    try {
      return json.treeToValue(table, SlotTable.class);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }
}
