package dev.multipod.producer;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.multipod.kit.input.IdempotencyKey;
import dev.multipod.kit.input.Limit;
import dev.multipod.kit.input.Names;
import dev.multipod.kit.problem.Problem;
import dev.multipod.kit.replica.Drain;
import dev.multipod.kit.wait.LongPoll;
import dev.multipod.queue.AttributesView;
import dev.multipod.queue.Directory;
import dev.multipod.queue.ItemBytes;
import dev.multipod.queue.QueueDefinition;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.core.http.HttpServerRequest;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.jspecify.annotations.Nullable;

/// The dead letters of a queue: look at them, and put them back.
@Path("/producer/queues/{queue}/dlq")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
public class DeadLetterResource {
  /// An item that was given up.
  ///
  /// @param reason `rejected` by its holder, or `deliveries`: they were used up
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Letter(
      String id,
      Instant died,
      String reason,
      int handOuts,
      String contentType,
      @Nullable String data,
      @Nullable String b64,
      @JsonUnwrapped AttributesView attributes) {}

  /// A page of them.
  ///
  /// @param total how many there are in all
  /// @param next where the next page is; absent on the last one
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Letters(String queue, long total, List<Letter> letters, @Nullable String next) {}

  /// What a redrive did.
  ///
  /// @param redriven how many items the call has put back
  /// @param replayed how many of them an earlier call with the same key had put back
  /// @param remaining how many dead letters there are still
  record Redriven(String queue, int redriven, int replayed, long remaining) {}

  private static final int USUAL = 100;
  private static final int MOST = 1000;

  /// How long a redrive works, besides its waiting for places.
  private static final Duration WORK = Duration.ofSeconds(10);

  private static final byte[] NOTHING = {};

  private final Routing routing;
  private final Directory directory;
  private final DeadLetters letters;
  private final Redrive redrive;
  private final LongPoll limits;
  private final ProducerSettings settings;
  private final Drain drain;
  private final Callers callers;

  DeadLetterResource(
      Routing routing,
      Directory directory,
      DeadLetters letters,
      Redrive redrive,
      LongPoll limits,
      ProducerSettings settings,
      Drain drain,
      Callers callers) {
    this.routing = routing;
    this.directory = directory;
    this.letters = letters;
    this.redrive = redrive;
    this.limits = limits;
    this.settings = settings;
    this.drain = drain;
    this.callers = callers;
  }

  @GET
  @Operation(
      summary = "The dead letters of a queue, oldest first",
      description =
          "Items that were rejected, or were handed out maxDeliveries times and not done. limit is 1"
              + " to 1000, 100 without it; a page also ends at 4 MiB of items. next is the path of"
              + " the next page. Looking takes none away.")
  public Letters look(
      @PathParam("queue") String queue,
      @QueryParam("limit") @Nullable String limit,
      @QueryParam("after") @Nullable String after)
      throws InterruptedException {
    int most = Limit.parse(limit, USUAL, MOST);
    long from = from(after);
    QueueDefinition known = directory.require(Names.require("queue", queue));
    DeadLetters.Page page = letters.read(known, from, most);
    return new Letters(
        queue,
        page.total(),
        page.letters().stream().map(DeadLetterResource::letter).toList(),
        page.more()
            ? "/producer/queues/%s/dlq?limit=%d&after=%d"
                .formatted(queue, most, page.letters().getLast().position())
            : null);
  }

  private static long from(@Nullable String after) {
    if (after == null || after.isEmpty()) {
      return 0;
    }
    if (after.length() > 18 || !after.chars().allMatch(c -> c >= '0' && c <= '9')) {
      throw Problem.of(
          400, "invalid-after", "The page cannot be found", "Follow 'next' of the page before.");
    }
    return Long.parseLong(after) + 1;
  }

  private static Letter letter(DeadLetter letter) {
    ItemBytes bytes = ItemBytes.of(letter.body());
    return new Letter(
        letter.id(),
        letter.died(),
        letter.reason(),
        letter.handOuts(),
        letter.contentType(),
        bytes.data(),
        bytes.b64(),
        AttributesView.of(letter.attributes()));
  }

  @POST
  @Path("/redrive")
  @Consumes(MediaType.WILDCARD)
  @Operation(
      summary = "Put dead letters back into their queue, oldest first",
      description =
          "Each becomes a new item of the same bytes, type, key and headers, with an id of its own, not handed out"
              + " yet; it takes a place as any put does, and waits for it up to timeout for all"
              + " together. limit is how many at most; a call also ends after ten seconds of work."
              + " 200 with how many were redriven and how many remain; 429 queue-full: 'redriven' of"
              + " them are in the queue, and the same call with the same Idempotency-Key goes on; so"
              + " after a 504. None is put twice, and none is lost.")
  public Response redrive(
      @PathParam("queue") String queue,
      @QueryParam("limit") @Nullable String limit,
      @QueryParam("timeout") @DefaultValue("0s") Duration timeout,
      @HeaderParam(IdempotencyKey.HEADER) @Nullable String keyHeader,
      @Context HttpServerRequest request)
      throws InterruptedException {
    int most = Math.min(settings.batch(), settings.keys());
    Redrives.Call call =
        new Redrives.Call(IdempotencyKey.require(keyHeader), Limit.parse(limit, most, most));
    directory.require(Names.require("queue", queue));
    callers.enter();
    try {
      return routing.onOwner(
          queue,
          request,
          NOTHING,
          limits.bounded(timeout).plus(WORK),
          left ->
              "/producer/queues/%s/dlq/redrive?limit=%d&timeout=%dms"
                  .formatted(queue, call.limit(), wait(left).toMillis()),
          (term, left) -> {
            long now = System.nanoTime();
            Patience patience =
                new Patience(
                    now + wait(left).toNanos(), () -> request.response().closed() || drain.begun());
            QueueDefinition known = directory.require(queue);
            return answer(known, redrive.run(term, known, call, patience, now + left.toNanos()));
          });
    } finally {
      callers.leave();
    }
  }

  private static Duration wait(Duration left) {
    Duration wait = left.minus(WORK);
    return wait.isNegative() ? Duration.ZERO : wait;
  }

  private static Response answer(QueueDefinition queue, Redrive.Outcome outcome) {
    return switch (outcome.last()) {
      case PutOutcome.Admitted(long _, boolean _) ->
          Response.ok(
                  new Redriven(
                      queue.name(), outcome.redriven(), outcome.replayed(), outcome.remaining()))
              .build();
      case PutOutcome.Full() ->
          throw Putting.full(queue)
              .with("redriven", outcome.redriven())
              .with("remaining", outcome.remaining());
      case PutOutcome.Unknown() -> throw Putting.unknown(queue);
    };
  }
}
