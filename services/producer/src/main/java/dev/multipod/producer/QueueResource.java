package dev.multipod.producer;

import dev.multipod.kit.input.Json;
import dev.multipod.kit.input.Names;
import dev.multipod.kit.problem.Problem;
import dev.multipod.kit.replica.Replica;
import dev.multipod.queue.Directory;
import dev.multipod.queue.Order;
import dev.multipod.queue.QueueDefinition;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.core.http.HttpServerRequest;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.regex.Pattern;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.jspecify.annotations.Nullable;

/// Queues: create, look, list, delete.
@Path("/producer/queues")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
public class QueueResource {
  /// A queue now.
  ///
  /// @param queued items that wait for their first get
  /// @param unfinished items that are not done, or absent when the broker cannot tell
  /// @param owner the replica that admits to it
  record Sizes(
      String queue,
      int maxsize,
      Duration lease,
      int maxDeliveries,
      Order order,
      int queued,
      OptionalLong unfinished,
      String owner) {}

  private static final Pattern GENERATION = Pattern.compile("\\d{1,9}");
  private static final byte[] NOTHING = {};

  /// Topics, configuration, offsets, definition: each a question to the broker.
  private static final Duration CREATION = Duration.ofSeconds(20);

  /// The definition, those who wait, topics, group.
  private static final Duration DELETION = Duration.ofSeconds(20);

  private final Routing routing;
  private final Creation creation;
  private final Deletion deletion;
  private final Directory directory;
  private final Unfinished unfinished;
  private final Replica replica;
  private final Json json;

  QueueResource(
      Routing routing,
      Creation creation,
      Deletion deletion,
      Directory directory,
      Unfinished unfinished,
      Replica replica,
      Json json) {
    this.routing = routing;
    this.creation = creation;
    this.deletion = deletion;
    this.directory = directory;
    this.unfinished = unfinished;
    this.replica = replica;
    this.json = json;
  }

  @GET
  @Operation(summary = "Every queue, as it was created")
  public List<QueueDefinition> list() throws InterruptedException {
    directory.catchUp();
    return directory.all();
  }

  @PUT
  @Path("/{queue}")
  @Consumes(MediaType.WILDCARD)
  @Operation(
      summary = "Create a queue",
      description =
          "Body: {\"maxsize\": 3, \"lease\": \"30s\", \"maxDeliveries\": 4, \"order\": \"fifo\"}, all"
              + " optional; a maxsize of 0 is no bound; order is work (any number of leases at once)"
              + " or fifo (strictly in the order of acceptance, one lease at a time). 201 created;"
              + " 200 it was there, the same; 409 it is another one;"
              + " 422 outside the broker's bounds.")
  public Response create(
      @PathParam("queue") String queue, byte @Nullable [] body, @Context HttpServerRequest request)
      throws InterruptedException {
    Names.require("queue", queue);
    byte[] asked = body == null ? NOTHING : body;
    QueueRequest wanted = json.readOr(asked, QueueRequest.class, QueueRequest.DEFAULT);
    return routing.onOwner(
        queue,
        request,
        asked,
        CREATION,
        left -> "/producer/queues/" + queue,
        (term, left) -> {
          Creation.Created created = creation.create(queue, wanted);
          Admission admission = term.admission(created.queue());
          return Response.status(created.created() ? 201 : 200).entity(sizes(admission)).build();
        });
  }

  @GET
  @Path("/{queue}")
  @Operation(
      summary = "How many items are queued and how many unfinished",
      description =
          "Both were true a moment ago. unfinished is absent when the broker cannot tell.")
  public Response look(@PathParam("queue") String queue, @Context HttpServerRequest request)
      throws InterruptedException {
    directory.require(Names.require("queue", queue));
    return routing.onOwner(
        queue,
        request,
        NOTHING,
        Duration.ZERO,
        left -> "/producer/queues/" + queue,
        (term, left) -> Response.ok(sizes(term.admission(directory.require(queue)))).build());
  }

  @DELETE
  @Path("/{queue}")
  @Operation(
      summary = "Delete a queue, with its items and dead letters",
      description =
          "204, also when it is repeated; 404 when there never was one. Whoever waits for the queue"
              + " gets 404, whoever holds an item 409. A queue that is created under the name later"
              + " is a new one, of the next generation. With if-empty=true one that has unfinished"
              + " items or dead letters is kept: 409. With a generation a later queue is kept: 204.")
  public Response delete(
      @PathParam("queue") String queue,
      @QueryParam("if-empty") @DefaultValue("false") boolean ifEmpty,
      @QueryParam("generation") @Nullable String generation,
      @Context HttpServerRequest request)
      throws InterruptedException {
    Names.require("queue", queue);
    // The queue that is meant is the one that is there now, however late the owner hears of it.
    int meant = generation == null ? deletion.latest(queue) : generation(generation);
    return routing.onOwner(
        queue,
        request,
        NOTHING,
        DELETION,
        left -> "/producer/queues/%s?if-empty=%s&generation=%d".formatted(queue, ifEmpty, meant),
        (term, left) -> {
          deletion.delete(term, queue, meant, ifEmpty);
          return Response.noContent().build();
        });
  }

  private static int generation(String text) {
    if (!GENERATION.matcher(text).matches()) {
      throw Problem.of(
          400,
          "invalid-generation",
          "This is no generation of a queue",
          "Send one that GET /producer/queues tells.");
    }
    return Integer.parseInt(text);
  }

  private Sizes sizes(Admission admission) throws InterruptedException {
    QueueDefinition queue = admission.queue();
    return new Sizes(
        queue.name(),
        queue.maxsize(),
        queue.lease(),
        queue.maxDeliveries(),
        queue.order(),
        admission.backlog().queued(),
        unfinished.of(admission),
        replica.name());
  }
}
