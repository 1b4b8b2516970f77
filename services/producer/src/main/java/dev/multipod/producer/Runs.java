package dev.multipod.producer;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.multipod.kit.input.IdempotencyKey;
import dev.multipod.kit.problem.Problem;
import dev.multipod.kit.replica.Drain;
import dev.multipod.queue.Directory;
import dev.multipod.queue.QueueDefinition;
import dev.multipod.queue.RunBook;
import dev.multipod.queue.RunHolders;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.ShutdownDelayInitiatedEvent;
import io.quarkus.runtime.ShutdownEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jboss.logging.Logger;

/// The runs of this replica. A run ends with its replica; what it put stays.
@ApplicationScoped
class Runs {
  private static final Logger LOG = Logger.getLogger(Runs.class);
  private static final Duration STOP = Duration.ofSeconds(3);

  private final RunWork.Means means;
  private final RunSettings settings;
  private final RunHolders ids;
  private final Drain drain;
  private final MeterRegistry metrics;
  private final RunBook<Run> book;

  Runs(
      Putting putting,
      Joining joining,
      Directory directory,
      ObjectMapper json,
      RunSettings settings,
      RunHolders ids,
      Drain drain,
      MeterRegistry metrics) {
    this.means = new RunWork.Means(putting, joining, directory, json, settings);
    this.settings = settings;
    this.ids = ids;
    this.drain = drain;
    this.metrics = metrics;
    this.book = new RunBook<>(Math.max(settings.remembered(), settings.atOnce()));
    metrics.gauge("multipod.producer.runs", book, runs -> runs.live().size());
  }

  /// Begins a run, once for each key.
  ///
  /// @throws Problem 422 `idempotency-key-reused`, 503 `too-many-runs`, `draining`
  RunBook.Begun<Run> begin(
      IdempotencyKey key, RunRequest.Plan plan, QueueDefinition queue, RunWork.Beginner beginner) {
    RunBook.Begun<Run> begun =
        book.begin(
            key,
            IdempotencyKey.fingerprint(plan.toString()),
            () -> {
              if (drain.begun()) {
                throw Drain.draining();
              }
              if (book.live().size() >= settings.atOnce()) {
                throw full();
              }
              return new Run(ids.newId(), plan, settings.events());
            });
    if (!begun.replayed()) {
      RunWork work = new RunWork(means, begun.run(), queue, key, beginner);
      Thread.ofVirtual().name("run-" + begun.run().id()).start(() -> work(begun.run(), work));
    }
    return begun;
  }

  private void work(Run run, RunWork work) {
    RunState.Ended end =
        new RunState.Failed(
            run.state().put(),
            run.begun(),
            "internal-error",
            "Something is broken on our side; the log of %s says what.".formatted(run.id()));
    try {
      end = work.work();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      LOG.errorf(e, "event=run-broken run=%s", run.id());
    } finally {
      run.end(end);
      metrics.counter("multipod.producer.runs.ended", "state", end.word()).increment();
      LOG.infof("event=run-ended run=%s state=%s put=%d", run.id(), end.word(), end.put());
    }
  }

  Optional<Run> find(String id) {
    return book.find(id);
  }

  List<Run> all() {
    return book.all();
  }

  /// Stops a run, if it goes on, and waits a moment until it has ended.
  void stop(Run run) throws InterruptedException {
    run.stop("by a call");
    run.awaitEnd(STOP);
  }

  /// The streams of the runs end with them, while their requests are still served.
  void drain(@Observes ShutdownDelayInitiatedEvent event) {
    stopAll();
  }

  /// Before what the runs use is closed.
  void stop(@Observes @Priority(100) ShutdownEvent event) throws InterruptedException {
    stopAll();
    long deadline = System.nanoTime() + STOP.toNanos();
    for (Run run : book.live()) {
      run.awaitEnd(Duration.ofNanos(deadline - System.nanoTime()));
    }
  }

  private void stopAll() {
    book.live().forEach(run -> run.stop("its replica stops"));
  }

  private Problem full() {
    return Problem.of(
            503,
            "too-many-runs",
            "Too many runs go on here already",
            "Retry later, stop one, or raise multipod.producer.run.at-once or the number of"
                + " replicas.")
        .with("limit", settings.atOnce())
        .retryAfter(Duration.ofSeconds(1));
  }
}
