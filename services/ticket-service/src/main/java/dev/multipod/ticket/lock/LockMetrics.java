package dev.multipod.ticket.lock;

import dev.multipod.ticket.lock.Acquired.Full;
import dev.multipod.ticket.lock.Acquired.Gone;
import dev.multipod.ticket.lock.Acquired.Granted;
import dev.multipod.ticket.lock.Acquired.Waiting;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;

/// What the lock counts, as `multipod.ticket-service.lock.…`.
@ApplicationScoped
class LockMetrics {
  private static final String PREFIX = "multipod.ticket-service.lock.";

  private final Timer wait;
  private final Timer hold;
  private final Counter grants;
  private final Counter takeovers;
  private final Counter refused;
  private final Counter ranOut;
  private final Counter left;
  private final Counter lost;

  LockMetrics(MeterRegistry registry) {
    this.wait = registry.timer(PREFIX + "wait");
    this.hold = registry.timer(PREFIX + "hold");
    this.grants = registry.counter(PREFIX + "grants");
    this.takeovers = registry.counter(PREFIX + "takeovers");
    this.refused = registry.counter(PREFIX + "refused");
    this.ranOut = registry.counter(PREFIX + "wait.ran-out");
    this.left = registry.counter(PREFIX + "wait.left");
    this.lost = registry.counter(PREFIX + "lost");
  }

  void asked(Acquired result, Duration took) {
    switch (result) {
      case Granted granted -> {
        if (!granted.again()) {
          grants.increment();
          wait.record(took);
        }
        if (granted.tookOver()) {
          takeovers.increment();
        }
      }
      case Waiting waiting -> ranOut.increment();
      case Full full -> refused.increment();
      case Gone gone -> left.increment();
    }
  }

  void held(Duration time) {
    hold.record(time);
  }

  void lost() {
    lost.increment();
  }
}
