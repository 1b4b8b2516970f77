package dev.multipod.producer;

import dev.multipod.kit.problem.Problem;
import dev.multipod.kit.replica.Drain;
import dev.multipod.kit.wait.LongPoll;
import dev.multipod.kit.wait.Signal;
import dev.multipod.queue.Broker;
import dev.multipod.queue.Directory;
import dev.multipod.queue.Forward;
import dev.multipod.queue.Trouble;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.ws.rs.core.Response;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Semaphore;

/// Joins a queue by way of its owner: for a caller, and for a run of this replica.
@ApplicationScoped
class Joining {
  /// What became of a join.
  ///
  /// @param unfinished items that are not done yet
  record Joined(String queue, boolean joined, long unfinished) {}

  private static final Duration RECHECK = Duration.ofMillis(50);

  private final Routing routing;
  private final Unfinished unfinished;
  private final LongPoll longPoll;
  private final Drain drain;
  private final Directory directory;
  private final Broker broker;
  private final ProducerSettings settings;
  private final Semaphore owns;
  // Nobody tells us of a task_done: the broker is asked again and again.
  private final Signal never = new Signal();

  Joining(
      Routing routing,
      Unfinished unfinished,
      LongPoll longPoll,
      Drain drain,
      Directory directory,
      Broker broker,
      ProducerSettings settings) {
    this.broker = broker;
    this.settings = settings;
    this.owns = new Semaphore(settings.ownJoins());
    this.directory = directory;
    this.routing = routing;
    this.unfinished = unfinished;
    this.longPoll = longPoll;
    this.drain = drain;
  }

  /// Whom a caller waits for.
  private interface Count {
    /// How many are unfinished; empty when that cannot be told.
    OptionalLong now() throws InterruptedException;
  }

  /// As [#join], for the items of one putter.
  ///
  /// @throws Problem 503 `join-unknown`, `owner-away`, `too-many-waiters`
  Response joinOwn(String queue, String putter, Duration wait, Forward.Call call)
      throws InterruptedException {
    return routing.onOwner(
        queue,
        call,
        new byte[0],
        wait,
        left ->
            "/producer/queues/%s/join?scope=mine&timeout=%dms".formatted(queue, left.toMillis()),
        (term, left) -> {
          Admission admission = term.admission(directory.require(queue));
          if (!owns.tryAcquire()) {
            throw Problem.of(
                    503,
                    "too-many-waiters",
                    "Too many callers join their own items here already",
                    "Retry later, join all items, or raise multipod.producer.own-joins.")
                .with("limit", settings.ownJoins())
                .retryAfter(Duration.ofSeconds(1));
          }
          try (OwnItems own =
              new OwnItems(
                  broker, admission.queue(), putter, directory.shares(), settings.sendTimeout())) {
            return join(term, admission, own::count, left, call);
          } finally {
            owns.release();
          }
        });
  }

  /// 200 or 202 with a [Joined], or the owner's answer as it came.
  ///
  /// @throws Problem 503 `join-unknown`, `owner-away`
  Response join(String queue, Duration wait, Forward.Call call) throws InterruptedException {
    return routing.onOwner(
        queue,
        call,
        new byte[0],
        wait,
        left -> "/producer/queues/%s/join?timeout=%dms".formatted(queue, left.toMillis()),
        (term, left) -> {
          Admission admission = term.admission(directory.require(queue));
          return join(term, admission, () -> unfinished.of(admission), left, call);
        });
  }

  private Response join(Term term, Admission admission, Count all, Duration left, Forward.Call call)
      throws InterruptedException, TermOver {
    // What is on its way is not in the broker's count yet.
    term.flush();
    boolean joined =
        longPoll.await(never, left, RECHECK, () -> done(term, admission, all, call)).orElse(false);
    if (joined) {
      return Response.ok(new Joined(admission.queue().name(), true, 0)).build();
    }
    if (term.isOver()) {
      throw new TermOver("while it was waited for");
    }
    term.requireOpen(admission);
    OptionalLong rest = count(all);
    return Response.status(202)
        .entity(
            new Joined(
                admission.queue().name(),
                false,
                rest.orElseThrow(() -> unknown("the broker cannot tell"))))
        .build();
  }

  /// True: joined. False: stop waiting. Empty: not yet.
  private Optional<Boolean> done(Term term, Admission admission, Count all, Forward.Call call) {
    term.requireOpen(admission);
    if (term.isOver() || drain.begun() || call.gone()) {
      return Optional.of(false);
    }
    // Two words in a row, so that a leader that has only just come up is not taken at its first.
    for (int word = 0; word < 2; word++) {
      if (!isZero(all)) {
        return Optional.empty();
      }
    }
    return Optional.of(!term.isOver());
  }

  /// A broker that cannot tell now may soon: while there is time left, unknown is not yet.
  private boolean isZero(Count all) {
    try {
      return count(all).orElse(1) == 0;
    } catch (Problem unknown) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw unknown("interrupted");
    }
  }

  private static OptionalLong count(Count all) throws InterruptedException {
    OptionalLong count;
    try {
      count = all.now();
    } catch (Problem away) {
      throw unknown(Trouble.explain(away));
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
