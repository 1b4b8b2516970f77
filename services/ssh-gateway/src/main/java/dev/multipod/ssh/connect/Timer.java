package dev.multipod.ssh.connect;

import jakarta.annotation.PreDestroy;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/// The wall clock for everything that must end although nothing answers. One thread; what it calls
/// does not block.
@ApplicationScoped
public class Timer {
  private static final Logger LOG = Logger.getLogger(Timer.class);

  /// Something that will happen, unless it is called off.
  public interface Appointment {
    void cancel();
  }

  private final ScheduledThreadPoolExecutor clock =
      new ScheduledThreadPoolExecutor(1, Thread.ofPlatform().daemon().name("ssh-timer").factory());

  Timer() {
    clock.setRemoveOnCancelPolicy(true);
    clock.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
  }

  public Appointment in(Duration delay, Runnable what) {
    var future = clock.schedule(logged(what), delay.toNanos(), TimeUnit.NANOSECONDS);
    return () -> future.cancel(false);
  }

  void every(Duration period, Runnable what) {
    var _ =
        clock.scheduleWithFixedDelay(
            logged(what), period.toNanos(), period.toNanos(), TimeUnit.NANOSECONDS);
  }

  private static Runnable logged(Runnable what) {
    return () -> {
      try {
        what.run();
      } catch (RuntimeException e) {
        LOG.error("event=timer-task-failed", e);
      }
    };
  }

  @PreDestroy
  void stop() {
    clock.shutdownNow();
  }
}
