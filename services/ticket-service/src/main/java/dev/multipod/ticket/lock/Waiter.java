package dev.multipod.ticket.lock;

import dev.multipod.kit.wait.Signal;
import dev.multipod.ticket.lock.LockStore.Claim;
import java.util.concurrent.atomic.AtomicBoolean;

/// One caller who waits in this process. It parks on a signal and holds no connection.
public final class Waiter {
  private final Claim claim;
  private final Signal signal = new Signal();
  private final AtomicBoolean due = new AtomicBoolean(true);
  private volatile boolean gone;

  private final boolean own;

  /// A caller.
  ///
  /// @param own whether it is this process itself, for work that it has accepted: it goes on
  ///   waiting while the process stops, and the token stays inside
  Waiter(Claim claim, boolean own) {
    this.claim = claim;
    this.own = own;
  }

  boolean own() {
    return own;
  }

  Claim claim() {
    return claim;
  }

  Signal signal() {
    return signal;
  }

  /// The caller is no longer there: it leaves the queue as soon as it can.
  public void goneAway() {
    gone = true;
    signal.raise();
  }

  boolean gone() {
    return gone;
  }

  /// Something happened to its place: it should ask the database.
  void wake() {
    due.set(true);
    signal.raise();
  }

  /// Whether it should ask now; the next answer is false until it is woken again.
  boolean takeDue() {
    return due.getAndSet(false);
  }
}
