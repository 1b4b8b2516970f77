package dev.multipod.consumer;

import dev.multipod.kit.input.IdempotencyKey;
import dev.multipod.kit.problem.Problem;
import dev.multipod.kit.replica.Drain;
import dev.multipod.queue.Directory;
import dev.multipod.queue.RunBook;
import dev.multipod.queue.RunHolders;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.ShutdownDelayInitiatedEvent;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jboss.logging.Logger;

/// The loops that eat in this replica: those by configuration, and those that callers began. They
/// are daemons: nobody waits for them, and they end with the replica.
@ApplicationScoped
class EatRuns {
  private static final Logger LOG = Logger.getLogger(EatRuns.class);
  private static final Duration STOP = Duration.ofSeconds(3);
  private static final Duration GIVEN_BACK = Duration.ofSeconds(1);

  // No caller can send it: it has a space.
  private static final IdempotencyKey CONFIGURED = new IdempotencyKey("by configuration");

  private final EatLoop.Means means;
  private final EatSettings settings;
  private final RunHolders ids;
  private final Drain drain;
  private final RunBook<EatRun> book;

  EatRuns(
      Dispatch dispatch,
      Leases leases,
      Directory directory,
      EatSettings settings,
      RunHolders ids,
      Drain drain,
      MeterRegistry metrics) {
    this.means = new EatLoop.Means(dispatch, leases, directory);
    this.settings = settings;
    this.ids = ids;
    this.drain = drain;
    this.book = new RunBook<>(Math.max(settings.remembered(), settings.maxLoops()));
    metrics.gauge("multipod.consumer.loops", this, EatRuns::loops);
  }

  private int loops() {
    return book.live().stream().mapToInt(run -> run.plan().loops()).sum();
  }

  void start(@Observes StartupEvent event) {
    settings
        .queue()
        .ifPresent(
            queue -> {
              EatRequest asked =
                  new EatRequest(
                      Optional.of(queue), Optional.empty(), Optional.empty(), Optional.empty());
              begin(CONFIGURED, asked.plan(settings));
            });
  }

  /// Begins loops, once for each key.
  ///
  /// @throws Problem 422 `idempotency-key-reused`, 503 `too-many-loops`, `draining`
  RunBook.Begun<EatRun> begin(IdempotencyKey key, EatRequest.Plan plan) {
    RunBook.Begun<EatRun> begun =
        book.begin(
            key,
            IdempotencyKey.fingerprint(plan.toString()),
            () -> {
              if (drain.begun()) {
                throw Drain.draining();
              }
              if (loops() + plan.loops() > settings.maxLoops()) {
                throw full();
              }
              return new EatRun(ids.newId(), plan);
            });
    if (!begun.replayed()) {
      EatRun run = begun.run();
      LOG.infof("event=loops-begun run=%s queue=%s loops=%d", run.id(), plan.queue(), plan.loops());
      for (int number = 1; number <= plan.loops(); number++) {
        Thread.ofVirtual()
            .name("eat-%s-%d".formatted(run.id(), number))
            .start(new EatLoop(means, run, number));
      }
    }
    return begun;
  }

  Optional<EatRun> find(String id) {
    return book.find(id);
  }

  List<EatRun> all() {
    return book.all();
  }

  /// Stops loops, if they go on, and waits a moment until they have given back what they have.
  void stop(EatRun run) throws InterruptedException {
    run.stop("by a call");
    run.awaitEnd(STOP);
  }

  /// What the loops have goes to others at once, not only when this replica is gone.
  void drain(@Observes @Priority(3000) ShutdownDelayInitiatedEvent event)
      throws InterruptedException {
    stopAll();
  }

  /// Before the leases and the slots are closed.
  void stop(@Observes @Priority(50) ShutdownEvent event) throws InterruptedException {
    stopAll();
  }

  private void stopAll() throws InterruptedException {
    List<EatRun> live = book.live();
    live.forEach(run -> run.stop("its replica stops"));
    long deadline = System.nanoTime() + GIVEN_BACK.toNanos();
    for (EatRun run : live) {
      run.awaitEnd(Duration.ofNanos(deadline - System.nanoTime()));
    }
  }

  private Problem full() {
    return Problem.of(
            503,
            "too-many-loops",
            "Too many loops eat here already",
            "Stop some, ask for fewer, or raise multipod.consumer.eat.max-loops or the number of"
                + " replicas.")
        .with("limit", settings.maxLoops())
        .retryAfter(Duration.ofSeconds(1));
  }
}
