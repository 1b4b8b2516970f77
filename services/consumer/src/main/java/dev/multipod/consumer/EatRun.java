package dev.multipod.consumer;

import dev.multipod.queue.RunBook;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/// Daemon consumers of the tutorial: loops of one kind in this replica, until they are stopped.
final class EatRun implements RunBook.Run {
  /// Where it is.
  sealed interface State {
    Instant since();

    record Eating(Instant since) implements State {
      Stopping stop(String why) {
        return new Stopping(Instant.now(), why);
      }
    }

    /// No loop begins another item; what they have they give back.
    record Stopping(Instant since, String why) implements State {
      Stopped stopped() {
        return new Stopped(Instant.now(), why);
      }
    }

    record Stopped(Instant since, String why) implements State {}

    /// The state in one word.
    default String word() {
      return switch (this) {
        case Eating _ -> "eating";
        case Stopping _ -> "stopping";
        case Stopped _ -> "stopped";
      };
    }

    /// Why it does not eat; empty while it does.
    default Optional<String> reason() {
      return switch (this) {
        case Eating _ -> Optional.empty();
        case Stopping it -> Optional.of(it.why);
        case Stopped it -> Optional.of(it.why);
      };
    }
  }

  private final String id;
  private final EatRequest.Plan plan;
  private final Instant begun = Instant.now();
  private final AtomicLong eaten = new AtomicLong();
  private final AtomicLong lost = new AtomicLong();
  private final CountDownLatch stop = new CountDownLatch(1);
  private final CountDownLatch loops;
  private volatile State state = new State.Eating(begun);

  EatRun(String id, EatRequest.Plan plan) {
    this.id = id;
    this.plan = plan;
    this.loops = new CountDownLatch(plan.loops());
  }

  @Override
  public String id() {
    return id;
  }

  EatRequest.Plan plan() {
    return plan;
  }

  Instant begun() {
    return begun;
  }

  State state() {
    return state;
  }

  @Override
  public boolean isEnded() {
    return loops.getCount() == 0;
  }

  /// How many items were done.
  long eaten() {
    return eaten.get();
  }

  /// How many items went to somebody else, or may have.
  long lost() {
    return lost.get();
  }

  void ate() {
    eaten.incrementAndGet();
  }

  void lostOne() {
    lost.incrementAndGet();
  }

  /// Asks its loops to stop; what they have they give back at once.
  synchronized void stop(String why) {
    if (state instanceof State.Eating eating) {
      state = eating.stop(why);
      stop.countDown();
    }
  }

  boolean isStopping() {
    return stop.getCount() == 0;
  }

  /// Lets time pass.
  ///
  /// @return false when it is asked to stop
  boolean pause(Duration time) throws InterruptedException {
    return !stop.await(Math.max(0, time.toNanos()), TimeUnit.NANOSECONDS);
  }

  /// One loop has stopped.
  synchronized void loopEnded() {
    // First the state: whoever waits for the end sees it.
    if (loops.getCount() == 1 && state instanceof State.Stopping stopping) {
      state = stopping.stopped();
    }
    loops.countDown();
  }

  /// Waits until all loops have stopped.
  boolean awaitEnd(Duration atMost) throws InterruptedException {
    return loops.await(atMost.toNanos(), TimeUnit.NANOSECONDS);
  }
}
