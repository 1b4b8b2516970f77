package dev.multipod.crawler.task;

import dev.multipod.crawler.database.Hints;
import dev.multipod.kit.problem.Problem;
import dev.multipod.kit.replica.Drain;
import dev.multipod.kit.wait.LongPoll;
import dev.multipod.kit.wait.Signal;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.time.Duration;
import java.util.Optional;
import org.eclipse.microprofile.openapi.annotations.Operation;

/// `get(timeout)`.
@Path("/crawler-pool/tasks")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
public class TaskResource {
  private static final Duration RECHECK = Duration.ofMillis(500);

  private final Tasks tasks;
  private final LongPoll polls;
  private final Hints hints;
  private final Drain drain;

  TaskResource(Tasks tasks, LongPoll polls, Hints hints, Drain drain) {
    this.tasks = tasks;
    this.polls = polls;
    this.hints = hints;
    this.drain = drain;
  }

  @GET
  @Path("/{id}")
  @Operation(summary = "Wait for a task: 200 when it has ended, 202 when it has not by then")
  public Response get(
      @PathParam("id") String id, @QueryParam("timeout") @DefaultValue("0s") Duration timeout) {
    TaskView now = find(id);
    if (!now.ended() && !timeout.isZero()) {
      now =
          hints.watching(now.poolId(), done -> await(done, timeout, id)).orElseGet(() -> find(id));
    }
    return Response.status(now.ended() ? 200 : 202).entity(now.json()).build();
  }

  private Optional<TaskView> await(Signal done, Duration timeout, String id) {
    try {
      return polls.await(
          done,
          timeout,
          RECHECK,
          () -> Optional.of(find(id)).filter(task -> task.ended() || drain.begun()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }

  private TaskView find(String id) {
    return number(id)
        .flatMap(tasks::find)
        .orElseThrow(
            () ->
                Problem.of(
                    404,
                    "unknown-task",
                    "There is no such task",
                    "Use an id that POST /crawler-pool/pools/POOL/tasks gave."));
  }

  private static Optional<Long> number(String id) {
    return id.matches("[1-9]\\d{0,17}") ? Optional.of(Long.parseLong(id)) : Optional.empty();
  }
}
