package dev.multipod.producer;

import dev.multipod.kit.stream.Feed;
import dev.multipod.queue.RunBook;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// A producer of the tutorial: what it is to do, where it is, and who is told. One thread works it
/// off ([RunWork]); any may look, and ask it to stop.
final class Run implements RunBook.Run {
  private final String id;
  private final RunRequest.Plan plan;
  private final Instant begun = Instant.now();
  private final Feed<RunEvent> feed;
  private final CountDownLatch stop = new CountDownLatch(1);
  private final CountDownLatch ended = new CountDownLatch(1);
  private volatile RunState state = new RunState.Putting(0, begun);
  private volatile Optional<String> whyStop = Optional.empty();

  /// @param events how many of the last events are kept
  Run(String id, RunRequest.Plan plan, int events) {
    this.id = id;
    this.plan = plan;
    this.feed = new Feed<>(events);
  }

  @Override
  public String id() {
    return id;
  }

  RunRequest.Plan plan() {
    return plan;
  }

  Instant begun() {
    return begun;
  }

  RunState state() {
    return state;
  }

  Feed<RunEvent> feed() {
    return feed;
  }

  @Override
  public boolean isEnded() {
    return ended.getCount() == 0;
  }

  /// Asks it to stop; it does within a moment.
  void stop(String why) {
    if (whyStop.isEmpty()) {
      whyStop = Optional.of(why);
    }
    stop.countDown();
  }

  boolean isStopping() {
    return stop.getCount() == 0;
  }

  /// Why it was asked to stop.
  String whyStop() {
    return whyStop.orElse("stopped");
  }

  /// Lets time pass.
  ///
  /// @return false when it is asked to stop
  boolean pause(Duration time) throws InterruptedException {
    return !stop.await(time.toNanos(), TimeUnit.NANOSECONDS);
  }

  /// Waits until it has ended.
  boolean awaitEnd(Duration atMost) throws InterruptedException {
    return ended.await(atMost.toNanos(), TimeUnit.NANOSECONDS);
  }

  /// By its thread: one step further.
  void now(RunState.Live next) {
    state = next;
  }

  /// By its thread, last of all.
  void end(RunState.Ended end) {
    state = end;
    ended.countDown();
    feed.tell(RunEvent.end(end));
    feed.end();
  }
}
