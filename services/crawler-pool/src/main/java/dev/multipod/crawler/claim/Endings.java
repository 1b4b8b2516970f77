package dev.multipod.crawler.claim;

import dev.multipod.crawler.database.Hints;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.jboss.logging.Logger;

/// Writes endings, as many at once as there are while the last write was under way. It tries again
/// until the database takes them: a stale one is turned away by its token, however late it comes.
@ApplicationScoped
class Endings {
  private static final Logger LOG = Logger.getLogger(Endings.class);
  private static final int BATCH = 256;
  private static final long PAUSE_MILLIS = 200;

  private record Entry(Claims.Ended ended, Runnable written) {}

  private final Claims claims;
  private final Hints hints;
  private final Counter stale;
  // Bounded by the number of workers: each has at most one entry, and waits for it.
  private final BlockingQueue<Entry> queue = new LinkedBlockingQueue<>();

  Endings(Claims claims, Hints hints, MeterRegistry metrics) {
    this.claims = claims;
    this.hints = hints;
    this.stale = metrics.counter("multipod.crawler-pool.endings.stale");
  }

  /// Takes an ending.
  ///
  /// @param written called once it is in the database, or turned away by it
  void add(Claim claim, Outcome outcome, Runnable written) {
    queue.add(new Entry(new Claims.Ended(claim, outcome), written));
  }

  void start(@Observes StartupEvent event) {
    Thread.ofPlatform().daemon().name("endings").start(this::loop);
  }

  private void loop() {
    try {
      while (true) {
        List<Entry> batch = new ArrayList<>();
        batch.add(queue.take());
        queue.drainTo(batch, BATCH - 1);
        write(batch);
        for (Entry entry : batch) {
          entry.written.run();
          hints.done(entry.ended.claim().pool());
        }
        hints.work().raise();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void write(List<Entry> batch) throws InterruptedException {
    while (true) {
      try {
        Set<Long> written = claims.end(batch.stream().map(Entry::ended).toList());
        stale.increment(batch.size() - written.size());
        return;
      } catch (RuntimeException e) {
        LOG.warnf("event=endings-delayed count=%d cause=%s", batch.size(), e.getMessage());
        Thread.sleep(PAUSE_MILLIS);
      }
    }
  }
}
