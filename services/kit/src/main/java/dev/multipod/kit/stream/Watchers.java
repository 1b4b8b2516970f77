package dev.multipod.kit.stream;

import dev.multipod.kit.problem.Problem;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;

/// The places of those who watch something. Each is given back when the answer to its request has
/// ended, however it ended: also that of a caller who left before its answer began.
public final class Watchers {
  private final int most;
  private final String setting;
  private final Semaphore places;

  /// Places, none of them taken.
  ///
  /// @param setting the name of what bounds them
  /// @param gauge the name of the metric that counts those taken
  public Watchers(int most, String setting, String gauge, MeterRegistry metrics) {
    this.most = most;
    this.setting = setting;
    this.places = new Semaphore(most);
    metrics.gauge(gauge, places, free -> most - free.availablePermits());
  }

  /// Takes a place until the answer to this request has ended.
  ///
  /// @param end what else is to be done then, once
  /// @throws Problem 503 `too-many-watchers`
  public void enter(RoutingContext http, Runnable end) {
    if (!places.tryAcquire()) {
      throw Problem.of(
              503,
              "too-many-watchers",
              "Too many watch here already",
              "Retry later; the bound is %s.".formatted(setting))
          .with("limit", most)
          .retryAfter(Duration.ofSeconds(1));
    }
    AtomicBoolean left = new AtomicBoolean();
    Runnable leave =
        () -> {
          if (left.compareAndSet(false, true)) {
            places.release();
            end.run();
          }
        };
    http.addEndHandler(ended -> leave.run());
    if (http.response().closed()) {
      // Gone before we listened.
      leave.run();
    }
  }
}
