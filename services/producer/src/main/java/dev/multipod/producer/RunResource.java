package dev.multipod.producer;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.multipod.kit.input.IdempotencyKey;
import dev.multipod.kit.input.Json;
import dev.multipod.kit.replica.Replica;
import dev.multipod.queue.AllRuns;
import dev.multipod.queue.Directory;
import dev.multipod.queue.Everywhere;
import dev.multipod.queue.QueueDefinition;
import dev.multipod.queue.RunBook;
import dev.multipod.queue.RunHolders;
import io.opentelemetry.api.OpenTelemetry;
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
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.jspecify.annotations.Nullable;

/// The tutorial's producers: each puts its items, one after the other, and joins the queue.
@Path("/producer/runs")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
public class RunResource {
  /// A run now.
  ///
  /// @param url of the run; `/events` of it tells its steps
  /// @param put how many of its items are known to be in the queue
  /// @param since when its state began
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Shown(
      String id,
      String url,
      String replica,
      String queue,
      String name,
      String dish,
      int count,
      Duration interval,
      Instant begun,
      String state,
      Instant since,
      int put,
      @Nullable String problem,
      @Nullable String why) {}

  private final Runs runs;
  private final RunSettings settings;
  private final RunHolders holders;
  private final Everywhere everywhere;
  private final Directory directory;
  private final Replica replica;
  private final OpenTelemetry telemetry;
  private final Json json;

  RunResource(
      Runs runs,
      RunSettings settings,
      RunHolders holders,
      Everywhere everywhere,
      Directory directory,
      Replica replica,
      OpenTelemetry telemetry,
      Json json) {
    this.runs = runs;
    this.settings = settings;
    this.holders = holders;
    this.everywhere = everywhere;
    this.directory = directory;
    this.replica = replica;
    this.telemetry = telemetry;
    this.json = json;
  }

  @POST
  @Consumes(MediaType.WILDCARD)
  @Operation(
      summary = "Begin a run: the tutorial's producer",
      description =
          "Body: {\"queue\": \"dishes\", \"name\": \"Ada\", \"dish\": \"noodles\", \"count\": 3,"
              + " \"interval\": \"1s\"}; all but the queue may be left out, 'item' is a pattern with"
              + " {dish}, {n} and {name}. It puts count items, waits for a place when the queue is"
              + " full, and joins the queue. 201 at once; the run lives in the replica that its id"
              + " names. Its items are put once for each Idempotency-Key.")
  public Response begin(
      @HeaderParam(IdempotencyKey.HEADER) @Nullable String keyHeader,
      byte @Nullable [] body,
      @Context HttpServerRequest request)
      throws InterruptedException {
    IdempotencyKey key = IdempotencyKey.require(keyHeader);
    byte[] asked = body == null ? new byte[0] : body;
    RunRequest.Plan plan = json.readOr(asked, RunRequest.class, RunRequest.EMPTY).plan(settings);
    QueueDefinition queue = directory.require(plan.queue());
    Optional<Response> other = holders.ofKey(key.value(), request, asked);
    if (other.isPresent()) {
      return other.get();
    }
    RunWork.Beginner beginner =
        new RunWork.Beginner(
            ItemResource.trace(telemetry),
            Optional.ofNullable(request.getHeader(HttpHeaders.AUTHORIZATION)));
    RunBook.Begun<Run> begun = runs.begin(key, plan, queue, beginner);
    Response.ResponseBuilder answer = Response.status(201).entity(show(begun.run()));
    if (begun.replayed()) {
      answer.header(IdempotencyKey.REPLAYED, "true");
    }
    return answer.build();
  }

  @GET
  @Operation(
      summary = "The runs of all replicas",
      description = "Those that go on and the last that ended; 'silent' are replicas not reached.")
  public AllRuns list(@Context HttpServerRequest request) throws InterruptedException {
    return AllRuns.of(runs.all().stream().map(this::show).toList(), everywhere.ask(request));
  }

  @GET
  @Path("/{run}")
  @Operation(
      summary = "Where a run is",
      description = "state: putting, joining, joined, failed or stopped. Any replica may be asked.")
  public Response look(@PathParam("run") String run, @Context HttpServerRequest request)
      throws InterruptedException {
    Optional<Response> other = holders.ofRun(run, request);
    return other.isPresent() ? other.get() : Response.ok(show(require(run))).build();
  }

  @DELETE
  @Path("/{run}")
  @Operation(
      summary = "Stop a run",
      description =
          "200 with the run; one that ended before stays as it was. What it put stays in the queue.")
  public Response stop(@PathParam("run") String run, @Context HttpServerRequest request)
      throws InterruptedException {
    Optional<Response> other = holders.ofRun(run, request);
    if (other.isPresent()) {
      return other.get();
    }
    Run known = require(run);
    runs.stop(known);
    return Response.ok(show(known)).build();
  }

  private Run require(String run) {
    return runs.find(run).orElseThrow(() -> RunHolders.unknown(run));
  }

  private Shown show(Run run) {
    RunRequest.Plan plan = run.plan();
    RunState state = run.state();
    Optional<RunState.Failed> failed =
        state instanceof RunState.Failed it ? Optional.of(it) : Optional.empty();
    String why =
        switch (state) {
          case RunState.Failed it -> it.why();
          case RunState.Stopped it -> it.why();
          case RunState.Putting _, RunState.Joining _, RunState.Joined _ -> null;
        };
    return new Shown(
        run.id(),
        "/producer/runs/" + run.id(),
        replica.name(),
        plan.queue(),
        plan.name(),
        plan.dish(),
        plan.count(),
        plan.interval(),
        run.begun(),
        state.word(),
        state.since(),
        state.put(),
        failed.map(RunState.Failed::problem).orElse(null),
        why);
  }
}
