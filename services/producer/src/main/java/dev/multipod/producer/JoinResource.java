package dev.multipod.producer;

import dev.multipod.kit.input.Names;
import dev.multipod.kit.problem.Problem;
import dev.multipod.kit.replica.Drain;
import dev.multipod.kit.wait.LongPoll;
import dev.multipod.kit.wait.Signal;
import dev.multipod.queue.Directory;
import dev.multipod.queue.QueueDefinition;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.core.http.HttpServerRequest;
import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import org.eclipse.microprofile.openapi.annotations.Operation;

/// Python's `q.join()`: until every item that was put is done.
@Path("/producer/queues/{queue}/join")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
public class JoinResource {
  /// @param unfinished items that are not done yet
  record Joined(String queue, boolean joined, long unfinished) {}

  private static final Duration RECHECK = Duration.ofMillis(50);

  private final Routing routing;
  private final Directory directory;
  private final Unfinished unfinished;
  private final LongPoll longPoll;
  private final Drain drain;
  // Nobody tells us of a task_done: the broker is asked again and again.
  private final Signal never = new Signal();

  JoinResource(
      Routing routing, Directory directory, Unfinished unfinished, LongPoll longPoll, Drain drain) {
    this.routing = routing;
    this.directory = directory;
    this.unfinished = unfinished;
    this.longPoll = longPoll;
    this.drain = drain;
  }

  @GET
  @Operation(
      summary = "Wait until every item that was put is done",
      description =
          "200 joined; 202 not within timeout, and how many are unfinished; 503 it cannot be known"
              + " now. Never 200 without the broker's word.")
  public Response join(
      @PathParam("queue") String queue,
      @QueryParam("timeout") @DefaultValue("0s") Duration timeout,
      @Context HttpServerRequest request)
      throws InterruptedException {
    QueueDefinition known = directory.require(Names.require("queue", queue));
    return routing.onOwner(
        queue,
        request,
        new byte[0],
        longPoll.bounded(timeout),
        left -> "/producer/queues/%s/join?timeout=%dms".formatted(queue, left.toMillis()),
        (term, left) -> join(term, term.admission(known), left, request));
  }

  private Response join(Term term, Admission admission, Duration left, HttpServerRequest request)
      throws InterruptedException, TermOver {
    // What is on its way is not in the broker's count yet.
    term.flush();
    boolean joined =
        longPoll.await(never, left, RECHECK, () -> done(term, admission, request)).orElse(false);
    if (joined) {
      return Response.ok(new Joined(admission.queue().name(), true, 0)).build();
    }
    if (term.isOver()) {
      throw new TermOver("while it was waited for");
    }
    OptionalLong rest = count(admission);
    return Response.status(202)
        .entity(
            new Joined(
                admission.queue().name(),
                false,
                rest.orElseThrow(() -> unknown("the broker cannot tell"))))
        .build();
  }

  /// True: joined. False: stop waiting. Empty: not yet.
  private Optional<Boolean> done(Term term, Admission admission, HttpServerRequest request) {
    if (term.isOver() || drain.begun() || request.response().closed()) {
      return Optional.of(false);
    }
    // Two words in a row, so that a leader that has only just come up is not taken at its first.
    for (int word = 0; word < 2; word++) {
      if (!isZero(admission)) {
        return Optional.empty();
      }
    }
    return Optional.of(!term.isOver());
  }

  /// A broker that cannot tell now may soon: while there is time left, unknown is not yet.
  private boolean isZero(Admission admission) {
    try {
      return count(admission).orElse(1) == 0;
    } catch (Problem unknown) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw unknown("interrupted");
    }
  }

  private OptionalLong count(Admission admission) throws InterruptedException {
    OptionalLong count;
    try {
      count = unfinished.of(admission);
    } catch (Problem away) {
      throw unknown(away.detail());
    }
    if (count.isEmpty()) {
      throw unknown("the broker cannot tell how many items are unfinished");
    }
    return count;
  }

  private static Problem unknown(String why) {
    return Problem.of(
            503,
            "join-unknown",
            "It cannot be known whether the queue is done",
            "Retry; the cause was: %s.".formatted(why))
        .retryAfter(Duration.ofSeconds(1));
  }
}
