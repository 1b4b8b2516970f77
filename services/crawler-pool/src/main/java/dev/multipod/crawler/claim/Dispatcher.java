package dev.multipod.crawler.claim;

import dev.multipod.crawler.claim.Running.Run;
import dev.multipod.crawler.claim.Running.Stop;
import dev.multipod.crawler.database.Hints;
import dev.multipod.crawler.database.Schema;
import io.quarkus.runtime.ShutdownDelayInitiatedEvent;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/// Claims what this replica has places for, whenever something may have changed, and at the end
/// hands back what is still running.
@ApplicationScoped
class Dispatcher {
  private static final Logger LOG = Logger.getLogger(Dispatcher.class);
  private static final Duration LAST_WRITES = Duration.ofSeconds(3);

  private final Claims claims;
  private final Workers workers;
  private final Hints hints;
  private final Schema schema;
  private final ClaimSettings settings;
  private final Semaphore places;
  private final CountDownLatch ended = new CountDownLatch(1);
  private volatile boolean stopping;

  Dispatcher(Claims claims, Workers workers, Hints hints, Schema schema, ClaimSettings settings) {
    this.claims = claims;
    this.workers = workers;
    this.hints = hints;
    this.schema = schema;
    this.settings = settings;
    this.places = new Semaphore(settings.workers());
  }

  void start(@Observes StartupEvent event) {
    Thread.ofPlatform().daemon().name("dispatcher").start(this::loop);
  }

  private void loop() {
    try {
      while (!stopping) {
        long seen = hints.work().version();
        if (!schema.ready() || !claimed()) {
          hints.work().awaitChange(seen, settings.poll());
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      ended.countDown();
    }
  }

  /// Goes once through all pools, in another order each time, so that none waits behind the others.
  ///
  /// @return whether anything was claimed
  private boolean claimed() {
    boolean any = false;
    try {
      List<Long> pools = claims.poolsWithWork();
      Collections.shuffle(pools);
      for (long pool : pools) {
        if (stopping) {
          return false;
        }
        long askedAt = System.nanoTime();
        for (Claim claim : claims.claim(pool, places.availablePermits())) {
          places.acquireUninterruptibly();
          workers.start(claim, askedAt, places::release);
          any = true;
        }
      }
    } catch (RuntimeException e) {
      LOG.warnf("event=claim-failed cause=%s", e.getMessage());
      return false;
    }
    return any;
  }

  void drain(@Observes ShutdownDelayInitiatedEvent event) {
    stopClaiming();
  }

  void stop(@Observes @Priority(100) ShutdownEvent event) throws InterruptedException {
    stopClaiming();
    boolean quiet = ended.await(settings.poll().toMillis() + 1_000, TimeUnit.MILLISECONDS);
    if (!quiet || !allEndedWithin(settings.drain())) {
      for (Run run : workers.running().all()) {
        run.stop(Stop.DRAINED);
      }
      boolean all = allEndedWithin(LAST_WRITES);
      LOG.infof("event=tasks-handed-back complete=%s", all);
    }
  }

  private void stopClaiming() {
    stopping = true;
    hints.work().raise();
  }

  private boolean allEndedWithin(Duration time) throws InterruptedException {
    if (places.tryAcquire(settings.workers(), time.toMillis(), TimeUnit.MILLISECONDS)) {
      places.release(settings.workers());
      return true;
    }
    return false;
  }
}
