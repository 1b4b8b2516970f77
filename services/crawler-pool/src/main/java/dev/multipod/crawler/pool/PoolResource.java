package dev.multipod.crawler.pool;

import dev.multipod.crawler.database.Hints;
import dev.multipod.kit.input.IdempotencyKey;
import dev.multipod.kit.input.Names;
import dev.multipod.kit.problem.Problem;
import dev.multipod.kit.replica.Drain;
import dev.multipod.kit.wait.LongPoll;
import dev.multipod.kit.wait.Signal;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.GET;
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
import java.util.Optional;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.jspecify.annotations.Nullable;

/// `Pool(4)`, `close()` and `join()`.
@Path("/crawler-pool/pools")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
public class PoolResource {
  private static final Duration RECHECK = Duration.ofMillis(500);

  private final Pools pools;
  private final PoolSettings settings;
  private final LongPoll polls;
  private final Hints hints;
  private final Drain drain;

  PoolResource(Pools pools, PoolSettings settings, LongPoll polls, Hints hints, Drain drain) {
    this.pools = pools;
    this.settings = settings;
    this.polls = polls;
    this.hints = hints;
    this.drain = drain;
  }

  /// A pool that is asked for.
  public record NewPool(@Nullable String name, @Nullable Integer processes) {}

  @POST
  @Consumes(MediaType.APPLICATION_JSON)
  @Operation(summary = "Make a pool that runs at most `processes` tasks at once, over all replicas")
  public Response create(
      @HeaderParam(IdempotencyKey.HEADER) @Nullable String keyHeader, @Nullable NewPool asked) {
    if (asked == null || asked.name() == null || asked.processes() == null) {
      throw invalid("A pool has a 'name' and a number of 'processes'.");
    }
    String name = Names.require("pool", asked.name());
    if (asked.processes() < 1 || asked.processes() > settings.processes()) {
      throw invalid("'processes' is 1 to %d.".formatted(settings.processes()));
    }
    String key = keyHeader == null ? null : IdempotencyKey.require(keyHeader).value();
    Pools.Created created = pools.create(name, asked.processes(), key);
    Response.ResponseBuilder answer =
        Response.created(URI.create("/crawler-pool/pools/" + name)).entity(created.pool());
    return created.replayed()
        ? answer.header(IdempotencyKey.REPLAYED, true).build()
        : answer.build();
  }

  @GET
  @Path("/{pool}")
  @Operation(summary = "A pool, its state and its tasks by state")
  public Pool get(@PathParam("pool") String pool) {
    return pools.get(Names.require("pool", pool));
  }

  @POST
  @Path("/{pool}/close")
  @Operation(summary = "Take no more tasks; what was taken is still run")
  public void close(@PathParam("pool") String pool) {
    pools.close(Names.require("pool", pool));
  }

  @GET
  @Path("/{pool}/join")
  @Operation(summary = "Wait until every task of a closed pool has ended: 200, or 202 on time-out")
  public Response join(
      @PathParam("pool") String name, @QueryParam("timeout") @DefaultValue("0s") Duration timeout) {
    Pool pool = closed(pools.get(Names.require("pool", name)));
    Optional<Pool> drained = hints.watching(pool.id(), done -> await(done, timeout, name));
    return drained
        .map(ended -> Response.ok(ended).build())
        .orElseGet(() -> Response.accepted(pools.get(name)).build());
  }

  private Optional<Pool> await(Signal done, Duration timeout, String name) {
    try {
      return polls
          .await(
              done,
              timeout,
              RECHECK,
              () -> {
                Pool now = closed(pools.get(name));
                return now.state() == Pool.State.drained || drain.begun()
                    ? Optional.of(now)
                    : Optional.empty();
              })
          .filter(pool -> pool.state() == Pool.State.drained);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }

  private static Pool closed(Pool pool) {
    if (pool.state() == Pool.State.open) {
      throw Problem.of(
              409,
              "pool-not-closed",
              "The pool is still open",
              "Close it first with POST /crawler-pool/pools/%s/close.".formatted(pool.name()))
          .with("pool", pool.name());
    }
    return pool;
  }

  private static Problem invalid(String detail) {
    return Problem.of(422, "invalid-pool", "This cannot be a pool", detail);
  }
}
