package dev.multipod.ticket.client;

import java.io.IOException;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// A lock that is held, renewed after every third of its time until it is closed. Its clock is this
/// process' own monotonic one and counts from before a renewal was sent, so it never believes in
/// the lease for longer than the service does; a process that was stopped finds it lost when it
/// goes on.
///
/// No lease keeps out a holder that was stopped between [#check] and what it does next: whatever is
/// protected should refuse a token lower than one it has seen (Kleppmann, *How to do distributed
/// locking*, 2016).
public final class Lease implements AutoCloseable {
  private final Protocol protocol;
  private final String lock;
  private final UUID owner;
  private final long token;
  private final Duration ttl;
  private final CountDownLatch ended = new CountDownLatch(1);
  private final CompletableFuture<LeaseLostException> lost = new CompletableFuture<>();
  private volatile long renewed;

  /// Begins to renew it.
  ///
  /// @param asked when it was asked for or renewed, as [System#nanoTime]; never later than the
  ///   service counts from
  Lease(Protocol protocol, String lock, UUID owner, long token, Duration ttl, long asked) {
    this.protocol = protocol;
    this.lock = lock;
    this.owner = owner;
    this.token = token;
    this.ttl = ttl;
    this.renewed = asked;
    Thread.ofVirtual().name("lease-" + lock).start(this::keep);
  }

  /// The name of the lock.
  public String lock() {
    return lock;
  }

  /// The fencing token: it grows with every holder.
  public long token() {
    return token;
  }

  /// How long the lease lasts if it is not renewed again; zero when it is lost.
  public Duration left() {
    long left = renewed + ttl.toNanos() - System.nanoTime();
    return lost.isDone() || left < 0 ? Duration.ZERO : Duration.ofNanos(left);
  }

  /// Asks no one: it is for each step.
  ///
  /// @throws LeaseLostException the lease is lost, or was not renewed in time, or was closed
  public void check() {
    if (left().isZero()) {
      lose("it was not renewed in time");
    }
    if (ended.getCount() == 0) {
      throw lost.getNow(exception("it was closed"));
    }
  }

  /// Completed at once when the lease is lost, with why; never when it is closed first.
  public CompletionStage<LeaseLostException> lost() {
    return lost.minimalCompletionStage();
  }

  /// Gives the lock back; the next in line has it at once. When the service cannot be told, the
  /// lease runs out by itself.
  @Override
  public void close() {
    ended.countDown();
    if (lost.isDone()) {
      return;
    }
    boolean interrupted = Thread.interrupted();
    try {
      protocol.release(lock, owner, token, left().plusMillis(1));
    } catch (IOException e) {
      // It runs out.
    } catch (InterruptedException e) {
      interrupted = true;
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void keep() {
    Duration pause = ttl.dividedBy(3);
    try {
      while (!sleep(pause)) {
        pause = renew() ? ttl.dividedBy(3) : ttl.dividedBy(20);
        if (left().isZero()) {
          lose("it could not be renewed in time");
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// Sleeps, but not past the end of the lease.
  ///
  /// @return whether there is nothing more to keep
  private boolean sleep(Duration pause) throws InterruptedException {
    long nanos = Math.min(pause.toNanos(), left().toNanos());
    return ended.await(nanos, TimeUnit.NANOSECONDS) || lost.isDone();
  }

  private boolean renew() throws InterruptedException {
    Duration left = left();
    Duration timeout = left.compareTo(ttl.dividedBy(3)) < 0 ? left : ttl.dividedBy(3);
    long asked = System.nanoTime();
    try {
      Protocol.Answer answer = protocol.renew(lock, owner, token, ttl, timeout.plusMillis(1));
      if (answer.status() == 200) {
        renewed = asked;
        return true;
      }
      // Nothing else says that it is another's; whatever it is, a later try may not meet it.
      if (answer.status() == 412) {
        lose(answer.problem());
      }
      return false;
    } catch (IOException e) {
      return false;
    }
  }

  private void lose(String why) {
    if (ended.getCount() == 0) {
      return;
    }
    lost.complete(exception(why));
    ended.countDown();
  }

  private LeaseLostException exception(String why) {
    return new LeaseLostException(
        "the lease of lock '%s', token %d, is lost: %s".formatted(lock, token, why));
  }
}
