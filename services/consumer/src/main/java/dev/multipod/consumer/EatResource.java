package dev.multipod.consumer;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.multipod.kit.input.IdempotencyKey;
import dev.multipod.kit.input.Json;
import dev.multipod.kit.replica.Replica;
import dev.multipod.queue.AllRuns;
import dev.multipod.queue.Directory;
import dev.multipod.queue.Everywhere;
import dev.multipod.queue.RunBook;
import dev.multipod.queue.RunHolders;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.core.http.HttpServerRequest;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.jspecify.annotations.Nullable;

/// The tutorial's daemon consumers: loops that get, keep for a while, say done, until stopped.
@Path("/consumer/runs")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
public class EatResource {
  /// Loops now.
  ///
  /// @param eaten items done
  /// @param lost items whose lease ended before they were done
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Shown(
      String id,
      String url,
      String replica,
      String queue,
      String name,
      int loops,
      Duration each,
      Instant begun,
      String state,
      Instant since,
      long eaten,
      long lost,
      @Nullable String why) {}

  private final EatRuns runs;
  private final EatSettings settings;
  private final RunHolders holders;
  private final Everywhere everywhere;
  private final Directory directory;
  private final Replica replica;
  private final Json json;

  EatResource(
      EatRuns runs,
      EatSettings settings,
      RunHolders holders,
      Everywhere everywhere,
      Directory directory,
      Replica replica,
      Json json) {
    this.runs = runs;
    this.settings = settings;
    this.holders = holders;
    this.everywhere = everywhere;
    this.directory = directory;
    this.replica = replica;
    this.json = json;
  }

  @POST
  @Consumes(MediaType.WILDCARD)
  @Operation(
      summary = "Begin loops that eat: the tutorial's daemon consumers",
      description =
          "Body: {\"queue\": \"dishes\", \"name\": \"Bob\", \"loops\": 2, \"each\": \"1500ms\"}; all"
              + " but the queue may be left out. Each loop gets an item, keeps it for that long"
              + " (renewing its lease), says done, and goes on. 201 at once; they live in the replica"
              + " that the id names, until they are stopped or it stops.")
  public Response begin(
      @HeaderParam(IdempotencyKey.HEADER) @Nullable String keyHeader,
      byte @Nullable [] body,
      @Context HttpServerRequest request)
      throws InterruptedException {
    IdempotencyKey key = IdempotencyKey.require(keyHeader);
    byte[] asked = body == null ? new byte[0] : body;
    EatRequest.Plan plan = json.readOr(asked, EatRequest.class, EatRequest.EMPTY).plan(settings);
    directory.require(plan.queue());
    Optional<Response> other = holders.ofKey(key.value(), request, asked);
    if (other.isPresent()) {
      return other.get();
    }
    RunBook.Begun<EatRun> begun = runs.begin(key, plan);
    Response.ResponseBuilder answer = Response.status(201).entity(show(begun.run()));
    if (begun.replayed()) {
      answer.header(IdempotencyKey.REPLAYED, "true");
    }
    return answer.build();
  }

  @GET
  @Operation(
      summary = "The loops of all replicas",
      description = "Those that eat and the last that stopped; 'silent' are replicas not reached.")
  public AllRuns list(@Context HttpServerRequest request) throws InterruptedException {
    return AllRuns.of(runs.all().stream().map(this::show).toList(), everywhere.ask(request));
  }

  @GET
  @Path("/{run}")
  @Operation(
      summary = "How loops are",
      description = "state: eating, stopping or stopped. Any replica may be asked.")
  public Response look(@PathParam("run") String run, @Context HttpServerRequest request)
      throws InterruptedException {
    Optional<Response> other = holders.ofRun(run, request);
    return other.isPresent() ? other.get() : Response.ok(show(require(run))).build();
  }

  @DELETE
  @Path("/{run}")
  @Operation(
      summary = "Stop loops",
      description = "200; what they have is given back at once and delivered to others.")
  public Response stop(@PathParam("run") String run, @Context HttpServerRequest request)
      throws InterruptedException {
    Optional<Response> other = holders.ofRun(run, request);
    if (other.isPresent()) {
      return other.get();
    }
    EatRun known = require(run);
    runs.stop(known);
    return Response.ok(show(known)).build();
  }

  private EatRun require(String run) {
    return runs.find(run).orElseThrow(() -> RunHolders.unknown(run));
  }

  private Shown show(EatRun run) {
    EatRequest.Plan plan = run.plan();
    EatRun.State state = run.state();
    return new Shown(
        run.id(),
        "/consumer/runs/" + run.id(),
        replica.name(),
        plan.queue(),
        plan.name(),
        plan.loops(),
        plan.each(),
        run.begun(),
        state.word(),
        state.since(),
        run.eaten(),
        run.lost(),
        state.reason().orElse(null));
  }
}
