package dev.multipod.crawler.claim;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.multipod.crawler.claim.Running.Run;
import dev.multipod.crawler.fetch.Fetched;
import dev.multipod.crawler.fetch.Fetching;
import dev.multipod.crawler.task.TaskSpec;
import dev.multipod.kit.problem.Problem;
import io.micrometer.core.instrument.MeterRegistry;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Scope;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import org.jboss.logging.Logger;

/// Runs claimed tasks, each on a virtual thread of its own, and passes on how they ended.
@ApplicationScoped
class Workers {
  private static final Logger LOG = Logger.getLogger(Workers.class);

  private final Fetching fetching;
  private final Endings endings;
  private final Tracer tracer;
  private final MeterRegistry metrics;
  private final Running running = new Running();

  Workers(Fetching fetching, Endings endings, Tracer tracer, MeterRegistry metrics) {
    this.fetching = fetching;
    this.endings = endings;
    this.tracer = tracer;
    this.metrics = metrics;
    metrics.gauge("multipod.crawler-pool.running", running, Running::size);
  }

  Running running() {
    return running;
  }

  /// Starts a task.
  ///
  /// @param askedAtNanos when its claim was asked for
  /// @param ended called when its ending is written, or when it is not ours any more
  void start(Claim claim, long askedAtNanos, Runnable ended) {
    Thread thread =
        Thread.ofVirtual().name("task-" + claim.task()).unstarted(() -> run(claim, ended));
    running.add(new Run(claim, thread, askedAtNanos));
    thread.start();
  }

  private void run(Claim claim, Runnable ended) {
    long begin = System.nanoTime();
    Outcome outcome = traced(claim);
    Duration took = Duration.ofNanos(System.nanoTime() - begin);
    String name =
        switch (outcome) {
          case Outcome.Succeeded succeeded -> "succeeded";
          case Outcome.Failed failed -> failed.code();
          case Outcome.HandedBack back -> back.retry() ? "retried" : "handed-back";
        };
    metrics
        .timer("multipod.crawler-pool.task", "kind", claim.spec().kind(), "outcome", name)
        .record(took);
    Run run = running.get(claim);
    if (run.stopped().filter(why -> why == Running.Stop.LEASE_LOST).isPresent()) {
      metrics.counter("multipod.crawler-pool.leases.lost").increment();
      LOG.warnf("event=lease-lost task=%d token=%d", claim.task(), claim.token());
      running.remove(claim);
      ended.run();
      return;
    }
    run.ends();
    endings.add(
        claim,
        outcome,
        () -> {
          running.remove(claim);
          ended.run();
        });
  }

  private Outcome traced(Claim claim) {
    Span span =
        tracer
            .spanBuilder("task " + claim.spec().kind())
            .setAttribute("multipod.task", claim.task())
            .setAttribute("multipod.pool", claim.pool())
            .setAttribute("multipod.token", claim.token())
            .setAttribute("multipod.attempt", claim.attempts())
            .startSpan();
    try (Scope _ = span.makeCurrent()) {
      Outcome outcome = work(claim);
      switch (outcome) {
        case Outcome.Succeeded succeeded -> span.setStatus(StatusCode.OK);
        case Outcome.Failed failed -> span.setStatus(StatusCode.ERROR, failed.code());
        case Outcome.HandedBack back -> span.setAttribute("multipod.handed-back", true);
      }
      return outcome;
    } finally {
      span.end();
    }
  }

  private Outcome work(Claim claim) {
    try {
      return switch (claim.spec()) {
        case TaskSpec.Square square -> square(square);
        case TaskSpec.Fetch fetch ->
            outcome(fetching.fetch(fetch.url(), claim.token(), claim.retries()));
      };
    } catch (InterruptedException e) {
      return new Outcome.HandedBack(Duration.ZERO, false);
    } catch (RuntimeException e) {
      boolean databaseGone = e instanceof Problem problem && problem.status() == 503;
      if (databaseGone || Thread.interrupted()) {
        return new Outcome.HandedBack(Duration.ZERO, false);
      }
      LOG.errorf(e, "event=task-broken task=%d", claim.task());
      return new Outcome.Failed("internal-error", "Something is broken on our side; see the log.");
    }
  }

  private static Outcome outcome(Fetched fetched) {
    return switch (fetched) {
      case Fetched.Page(JsonNode result) -> new Outcome.Succeeded(result);
      case Fetched.Failed(String code, String detail, JsonNode result) ->
          new Outcome.Failed(code, detail, result);
      case Fetched.Later(Duration after, boolean retry) -> new Outcome.HandedBack(after, retry);
    };
  }

  private static Outcome square(TaskSpec.Square square) throws InterruptedException {
    Thread.sleep(square.sleep());
    ObjectNode result = JsonNodeFactory.instance.objectNode();
    result.put("value", square.n().multiply(square.n()));
    return new Outcome.Succeeded(result);
  }
}
