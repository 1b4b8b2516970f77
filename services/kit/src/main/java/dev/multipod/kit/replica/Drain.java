package dev.multipod.kit.replica;

import dev.multipod.kit.problem.Problem;
import io.quarkus.runtime.ShutdownDelayInitiatedEvent;
import io.quarkus.runtime.ShutdownEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/// The end of this process. SIGTERM: readiness goes down and `begun()` is true; requests are served
/// for `quarkus.shutdown.delay` more, so that whoever chose this replica a moment ago is still
/// answered; then open requests have `quarkus.shutdown.timeout` to end.
///
/// Loops ask [#begun]; parts that must act observe Quarkus' `ShutdownDelayInitiatedEvent` (stop
/// taking new work) or `ShutdownEvent` (close).
@ApplicationScoped
public class Drain {
  private static final Logger LOG = Logger.getLogger(Drain.class);
  private final CountDownLatch begun = new CountDownLatch(1);

  public boolean begun() {
    return begun.getCount() == 0;
  }

  /// Waits until the drain begins.
  ///
  /// @return whether it did within that time
  public boolean await(long time, TimeUnit unit) throws InterruptedException {
    return begun.await(time, unit);
  }

  /// The problem of a replica that takes nothing more.
  public static Problem draining() {
    return Problem.of(
            503, "draining", "This replica is stopping", "Retry: another replica answers.")
        .retryAfter(Duration.ofSeconds(1));
  }

  void delayBegins(@Observes ShutdownDelayInitiatedEvent event) {
    LOG.info("event=drain-begun");
    begun.countDown();
  }

  void stopping(@Observes @jakarta.annotation.Priority(1) ShutdownEvent event) {
    begun.countDown();
  }
}
