package dev.multipod.consumer;

import dev.multipod.kit.problem.Problem;
import dev.multipod.queue.Directory;
import dev.multipod.queue.QueueDefinition;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jboss.logging.Logger;

/// The tutorial's consumer: gets an item as any caller does, keeps it for a while, says done, and
/// so on. A thread of its own.
final class EatLoop implements Runnable {
  /// What it needs of its replica.
  record Means(Dispatch dispatch, Leases leases, Directory directory) {}

  private static final Logger LOG = Logger.getLogger(EatLoop.class);

  /// Short: who stands in line for an item does not see that it is asked to stop.
  private static final Duration WAIT = Duration.ofSeconds(2);

  private static final Duration RETRY = Duration.ofMillis(500);

  private final Means means;
  private final EatRun run;
  private final String name;

  /// @param number from 1
  EatLoop(Means means, EatRun run, int number) {
    this.means = means;
    this.run = run;
    this.name = run.plan().name() + "-" + number;
  }

  @Override
  public void run() {
    try {
      while (!run.isStopping()) {
        if (!round()) {
          run.pause(RETRY);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      run.loopEnded();
    }
  }

  /// @return false when there is something to wait for: the queue, the broker, a place in the line
  private boolean round() throws InterruptedException {
    try {
      Optional<QueueDefinition> queue = means.directory.find(run.plan().queue());
      if (queue.isEmpty()) {
        return false;
      }
      Optional<Lease> lease =
          Taker.as(name, () -> means.dispatch.get(queue.get(), 1, WAIT, run::isStopping));
      if (lease.isPresent()) {
        eat(lease.get());
      }
      return true;
    } catch (InterruptedException e) {
      throw e;
    } catch (Problem passes) {
      LOG.debugf("event=loop-waits loop=%s cause=%s", name, passes.detail());
      return false;
    } catch (Exception e) {
      LOG.errorf(e, "event=loop-stumbled loop=%s run=%s", name, run.id());
      return false;
    }
  }

  private void eat(Lease taken) throws InterruptedException {
    String queue = taken.queue().name();
    Lease lease = taken;
    long end = System.nanoTime() + run.plan().each().toNanos();
    try {
      for (long left = end - System.nanoTime(); left > 0; left = end - System.nanoTime()) {
        long safe = untilRenewal(lease).toNanos();
        if (!run.pause(Duration.ofNanos(Math.min(left, safe)))) {
          means.leases.release(queue, lease.id());
          return;
        }
        if (safe < left) {
          lease = means.leases.renew(queue, lease.id());
        }
      }
      means.leases.done(queue, lease.id());
      run.ate();
    } catch (Problem lost) {
      run.lostOne();
      LOG.infof(
          "event=loop-lost-item loop=%s queue=%s item=%s cause=%s",
          name, queue, taken.items().getFirst().id(), lost.slug());
    }
  }

  /// A third of the lease is left for the renewal.
  private static Duration untilRenewal(Lease lease) {
    return Duration.between(Instant.now(), lease.until()).minus(lease.queue().lease().dividedBy(3));
  }
}
