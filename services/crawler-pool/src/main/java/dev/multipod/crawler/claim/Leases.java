package dev.multipod.crawler.claim;

import dev.multipod.crawler.claim.Running.Run;
import dev.multipod.crawler.claim.Running.Stop;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jboss.logging.Logger;

/// Renews the leases of running tasks, and stops those that lost theirs: at once when the database
/// says so, and by this process's own clock before the lease can have ended when it says nothing.
@ApplicationScoped
class Leases {
  private static final Logger LOG = Logger.getLogger(Leases.class);

  private final Claims claims;
  private final Workers workers;
  private final Duration lease;

  Leases(Claims claims, Workers workers, ClaimSettings settings) {
    this.claims = claims;
    this.workers = workers;
    this.lease = settings.lease();
  }

  void start(@Observes StartupEvent event) {
    // Apart from the renewals, which may hang on a dead connection.
    Thread.ofPlatform().daemon().name("lease-renewal").start(() -> every(3, this::renew));
    Thread.ofPlatform().daemon().name("lease-watch").start(() -> every(20, this::stopUnrenewed));
  }

  private void every(int partOfLease, Runnable work) {
    try {
      while (true) {
        Thread.sleep(lease.dividedBy(partOfLease));
        try {
          work.run();
        } catch (RuntimeException e) {
          LOG.warnf("event=lease-renewal-failed cause=%s", e.getMessage());
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void renew() {
    List<Run> runs = new ArrayList<>();
    workers.running().all().forEach(runs::add);
    if (runs.isEmpty()) {
      return;
    }
    long now = System.nanoTime();
    Set<Long> good = claims.renew(runs.stream().map(run -> run.claim).toList());
    for (Run run : runs) {
      if (good.contains(run.claim.token())) {
        run.renewed(now);
      } else if (!run.ending()) {
        run.stop(Stop.LEASE_LOST);
      }
    }
  }

  private void stopUnrenewed() {
    long now = System.nanoTime();
    for (Run run : workers.running().all()) {
      if (now - run.renewedAtNanos() > lease.toNanos() * 2 / 3) {
        run.stop(Stop.LEASE_LOST);
      }
    }
  }
}
