package dev.multipod.producer;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.multipod.kit.input.Names;
import dev.multipod.kit.input.Text;
import dev.multipod.kit.replica.Replica;
import dev.multipod.queue.Directory;
import dev.multipod.queue.QueueDefinition;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.core.http.HttpServerRequest;
import jakarta.ws.rs.BadRequestException;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.jspecify.annotations.Nullable;

/// Queues: create, look, list.
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
      int queued,
      OptionalLong unfinished,
      String owner) {}

  private static final byte[] NOTHING = {};

  /// Topics, configuration, offsets, definition: each a question to the broker.
  private static final Duration CREATION = Duration.ofSeconds(20);

  private final Routing routing;
  private final Creation creation;
  private final Directory directory;
  private final Unfinished unfinished;
  private final Replica replica;
  private final ObjectMapper json;

  QueueResource(
      Routing routing,
      Creation creation,
      Directory directory,
      Unfinished unfinished,
      Replica replica,
      ObjectMapper json) {
    this.routing = routing;
    this.creation = creation;
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
          "Body: {\"maxsize\": 3, \"lease\": \"30s\", \"maxDeliveries\": 4}, all optional; a maxsize"
              + " of 0 is no bound. 201 created; 200 it was there, the same; 409 it is another one;"
              + " 422 outside the broker's bounds.")
  public Response create(
      @PathParam("queue") String queue, byte @Nullable [] body, @Context HttpServerRequest request)
      throws InterruptedException {
    Names.require("queue", queue);
    byte[] asked = body == null ? NOTHING : body;
    QueueRequest wanted = read(asked);
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

  private QueueRequest read(byte[] body) {
    if (body.length == 0) {
      return QueueRequest.DEFAULT;
    }
    try {
      return json.readValue(Text.utf8(body), QueueRequest.class);
    } catch (JsonProcessingException e) {
      throw new BadRequestException(e);
    }
  }

  @GET
  @Path("/{queue}")
  @Operation(
      summary = "How many items are queued and how many unfinished",
      description =
          "Both were true a moment ago. unfinished is absent when the broker cannot tell.")
  public Response look(@PathParam("queue") String queue, @Context HttpServerRequest request)
      throws InterruptedException {
    QueueDefinition known = directory.require(Names.require("queue", queue));
    return routing.onOwner(
        queue,
        request,
        NOTHING,
        Duration.ZERO,
        left -> "/producer/queues/" + queue,
        (term, left) -> Response.ok(sizes(term.admission(known))).build());
  }

  private Sizes sizes(Admission admission) throws InterruptedException {
    QueueDefinition queue = admission.queue();
    return new Sizes(
        queue.name(),
        queue.maxsize(),
        queue.lease(),
        queue.maxDeliveries(),
        admission.backlog().queued(),
        unfinished.of(admission),
        replica.name());
  }
}
