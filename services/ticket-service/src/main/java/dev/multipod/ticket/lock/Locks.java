package dev.multipod.ticket.lock;

import dev.multipod.kit.problem.Problem;
import dev.multipod.kit.replica.Drain;
import dev.multipod.kit.wait.LongPoll;
import dev.multipod.ticket.database.Database;
import dev.multipod.ticket.database.DatabaseAwayException;
import dev.multipod.ticket.lock.Acquired.Gone;
import dev.multipod.ticket.lock.Acquired.Granted;
import dev.multipod.ticket.lock.Acquired.Waiting;
import dev.multipod.ticket.lock.LockStore.Claim;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.Tracer;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;

/// The lock, as programs use it. First come, first served over all replicas; a grant is a lease
/// with a fencing token. Call it on a virtual thread: waiting parks it and holds nothing else.
@ApplicationScoped
public class Locks {
  /// How long a waiter looks at nothing but its own wishes; the attendant wakes it before.
  private static final Duration IDLE = Duration.ofSeconds(1);

  private final LockStore store;
  private final Waiters waiters;
  private final Attendant attendant;
  private final LongPoll polls;
  private final Database database;
  private final Drain drain;
  private final LockMetrics metrics;
  private final Tracer tracer;

  Locks(
      LockStore store,
      Waiters waiters,
      Attendant attendant,
      LongPoll polls,
      Database database,
      Drain drain,
      LockMetrics metrics,
      Tracer tracer) {
    this.store = store;
    this.waiters = waiters;
    this.attendant = attendant;
    this.polls = polls;
    this.database = database;
    this.drain = drain;
    this.metrics = metrics;
    this.tracer = tracer;
  }

  /// A caller who is about to wait.
  ///
  /// @param owner who will hold the lock; the same owner gets the same lease again
  public Waiter waiter(String lock, UUID owner) {
    return new Waiter(new Claim(lock, owner), false);
  }

  /// This process itself, about to wait for work that it has accepted: it goes on while it stops.
  public Waiter ownWaiter(String lock, UUID owner) {
    return new Waiter(new Claim(lock, owner), true);
  }

  /// Asks for the lock and waits for it. Repeatable: an owner who asks again within the time that
  /// places are kept stands where it stood.
  ///
  /// @param wait at most this long; zero asks once and takes no place in the queue
  /// @return `Waiting` when the time ran out
  /// @throws DatabaseAwayException before or while it waited
  public Acquired acquire(Waiter waiter, Duration ttl, Duration wait) throws InterruptedException {
    long start = System.nanoTime();
    AtomicReference<Acquired> last = new AtomicReference<>(new Gone());
    Span span =
        tracer
            .spanBuilder("lock wait")
            .setAttribute("multipod.lock", waiter.claim().lock())
            .startSpan();
    Acquired result = new Gone();
    waiters.add(waiter);
    try {
      result =
          polls
              .await(waiter.signal(), wait, IDLE, () -> look(waiter, ttl, !wait.isZero(), last))
              .orElseGet(last::get);
    } finally {
      boolean alone = waiters.remove(waiter);
      // A place is kept for who will ask another replica; the time of a place nobody comes back to
      // runs out by itself.
      if (result instanceof Gone && alone && !drain.begun() && !database.away()) {
        leave(waiter.claim());
      }
      span.setAttribute("multipod.outcome", result.getClass().getSimpleName()).end();
    }
    if (waiter.gone() && result instanceof Granted granted) {
      release(waiter.claim().lock(), waiter.claim().owner(), granted.token());
      result = new Gone();
    }
    metrics.asked(result, Duration.ofNanos(System.nanoTime() - start));
    return result;
  }

  private Optional<Acquired> look(
      Waiter waiter, Duration ttl, boolean queue, AtomicReference<Acquired> last) {
    if (waiter.gone()) {
      return Optional.of(new Gone());
    }
    if (database.away()) {
      throw new DatabaseAwayException("no answer for too long");
    }
    if (waiter.takeDue()) {
      Acquired now = store.acquire(waiter.claim(), ttl, queue, !waiter.own());
      last.set(now);
      if (!queue || !(now instanceof Waiting)) {
        return Optional.of(now);
      }
    }
    if (drain.begun() && !waiter.own()) {
      throw Problem.of(
              503,
              "replica-stopping",
              "This replica is about to stop",
              "Ask again with the same owner: another replica keeps your place.")
          .retryAfter(Duration.ofSeconds(1));
    }
    return Optional.empty();
  }

  private void leave(Claim claim) {
    try {
      store.leave(claim);
    } catch (DatabaseAwayException e) {
      // The place is not kept any longer, and a grant is not claimed: both run out by themselves.
    }
  }

  /// Extends the lease from now.
  ///
  /// @return false when it is no longer this owner's
  public boolean renew(String lock, UUID owner, long token, Duration ttl) {
    boolean ours = store.renew(new Claim(lock, owner), token, ttl);
    if (!ours) {
      metrics.lost();
    }
    return ours;
  }

  /// Ends the lease and hands the lock to the next.
  ///
  /// @return false when it was no longer this owner's
  public boolean release(String lock, UUID owner, long token) {
    OptionalLong held = store.release(new Claim(lock, owner), token);
    held.ifPresentOrElse(ms -> metrics.held(Duration.ofMillis(ms)), metrics::lost);
    return held.isPresent();
  }

  /// A lease was ended by what was written under it.
  void handedOn(Duration held) {
    metrics.held(held);
  }

  /// A lease for work inside this process, renewed in the background until it is closed.
  public Lease hold(String lock, UUID owner, Granted granted, Duration ttl) {
    return new Lease(this, attendant, new Claim(lock, owner), granted, ttl, tracer);
  }
}
