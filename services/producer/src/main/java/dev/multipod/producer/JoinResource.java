package dev.multipod.producer;

import dev.multipod.kit.input.Names;
import dev.multipod.kit.problem.Problem;
import dev.multipod.kit.wait.LongPoll;
import dev.multipod.queue.Directory;
import dev.multipod.queue.Forward;
import dev.multipod.queue.Putter;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.core.http.HttpServerRequest;
import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.time.Duration;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.jspecify.annotations.Nullable;

/// Python's `q.join()`: until every item that was put is done.
@Path("/producer/queues/{queue}/join")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
public class JoinResource {
  private static final String ALL = "all";
  private static final String MINE = "mine";

  private final Joining joining;
  private final Directory directory;
  private final LongPoll longPoll;

  JoinResource(Joining joining, Directory directory, LongPoll longPoll) {
    this.joining = joining;
    this.directory = directory;
    this.longPoll = longPoll;
  }

  @GET
  @Operation(
      summary = "Wait until every item that was put is done",
      description =
          "200 joined; 202 not within timeout, and how many are unfinished; 503 it cannot be known"
              + " now. Never 200 without the broker's word. With scope=mine only for the items that"
              + " were put with the same Multipod-Putter as this call has.")
  public Response join(
      @PathParam("queue") String queue,
      @QueryParam("timeout") @DefaultValue("0s") Duration timeout,
      @QueryParam("scope") @DefaultValue(ALL) String scope,
      @HeaderParam(Putter.HEADER) @Nullable String putter,
      @Context HttpServerRequest request)
      throws InterruptedException {
    directory.require(Names.require("queue", queue));
    Duration wait = longPoll.bounded(timeout);
    Forward.Call call = Forward.Call.of(request);
    return switch (scope) {
      case ALL -> joining.join(queue, wait, call);
      case MINE -> joining.joinOwn(queue, name(putter), wait, call);
      default ->
          throw Problem.of(
                  400,
                  "invalid-scope",
                  "There is no such scope of a join",
                  "Send scope=all, or scope=mine for the items that you put.")
              .with("scope", scope);
    };
  }

  private static String name(@Nullable String putter) {
    if (putter == null) {
      throw Problem.of(
          400,
          "no-putter",
          "It was not said whose items are waited for",
          "Send the header %s with the name that you put your items with."
              .formatted(Putter.HEADER));
    }
    return Names.require("putter", putter);
  }
}
