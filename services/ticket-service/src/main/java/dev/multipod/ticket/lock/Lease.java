package dev.multipod.ticket.lock;

import dev.multipod.ticket.database.DatabaseAwayException;
import dev.multipod.ticket.lock.Acquired.Granted;
import dev.multipod.ticket.lock.LockStore.Claim;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.Tracer;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// A lease that this process holds. It is renewed after every third of its time, and says when it
/// is too late to begin anything under it. Closing it hands the lock on.
///
/// Its clock is this process' own and counts from before a renewal was sent, so it never believes
/// in a lease for longer than the database does.
public final class Lease implements AutoCloseable {
  private final Locks locks;
  private final Attendant attendant;
  private final Claim claim;
  private final long token;
  private final Duration ttl;
  private final Span span;
  private final long grantedAt;
  private final CountDownLatch ended = new CountDownLatch(1);
  private volatile long renewedAt;
  private volatile boolean lost;
  private volatile boolean handedOn;

  Lease(
      Locks locks, Attendant attendant, Claim claim, Granted granted, Duration ttl, Tracer tracer) {
    this.locks = locks;
    this.attendant = attendant;
    this.claim = claim;
    this.token = granted.token();
    this.ttl = ttl;
    this.grantedAt = System.nanoTime();
    this.renewedAt = granted.askedAt();
    this.span =
        tracer
            .spanBuilder("lock tenure")
            .setAttribute("multipod.lock", claim.lock())
            .setAttribute("multipod.token", token)
            .startSpan();
    Thread.ofVirtual().name("lease-" + claim.lock()).start(this::renew);
  }

  public long token() {
    return token;
  }

  public UUID owner() {
    return claim.owner();
  }

  /// Whether there is time enough left to begin something short.
  public boolean mayBegin() {
    return !lost && System.nanoTime() - renewedAt < ttl.toNanos() * 2 / 3;
  }

  /// Lets time pass under the lease.
  ///
  /// @return whether it may still be worked under
  public boolean pass(Duration time) throws InterruptedException {
    boolean over = !time.isZero() && ended.await(time.toNanos(), TimeUnit.NANOSECONDS);
    return !over && mayBegin();
  }

  /// It was found to be another's.
  public void lose() {
    lost = true;
    ended.countDown();
  }

  /// What was written under it has also ended it.
  public void handedOn() {
    handedOn = true;
    ended.countDown();
  }

  @Override
  public void close() {
    ended.countDown();
    try {
      if (handedOn) {
        locks.handedOn(Duration.ofNanos(System.nanoTime() - grantedAt));
      } else if (!lost) {
        locks.release(claim.lock(), claim.owner(), token);
      }
    } catch (DatabaseAwayException e) {
      attendant.releaseLater(claim, token, renewedAt + ttl.toNanos());
    } finally {
      span.setAttribute("multipod.lost", lost).end();
    }
  }

  private void renew() {
    try {
      while (!ended.await(ttl.toNanos() / 3, TimeUnit.NANOSECONDS)) {
        long sent = System.nanoTime();
        try {
          if (!locks.renew(claim.lock(), claim.owner(), token, ttl)) {
            lose();
          } else {
            renewedAt = sent;
          }
        } catch (DatabaseAwayException e) {
          // mayBegin() turns false in time if this goes on.
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
