package dev.multipod.ticket.lock;

import dev.multipod.kit.replica.Drain;
import dev.multipod.ticket.database.Database;
import dev.multipod.ticket.database.DatabaseAwayException;
import dev.multipod.ticket.database.Listener;
import dev.multipod.ticket.lock.LockStore.Claim;
import dev.multipod.ticket.lock.LockStore.Found;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.List;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.eclipse.microprofile.config.Config;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/// Stands in for all who wait in this process: hears of grants, polls in case it did not, keeps
/// their places, and gives back leases that could not be given back when the database was away. Its
/// poll is also what finds out that the database is there, so it goes on when nobody waits.
@ApplicationScoped
class Attendant {
  private record Unreleased(Claim claim, long token, long until) {}

  private static final Logger LOG = Logger.getLogger(Attendant.class);

  private final LockStore store;
  private final Waiters waiters;
  private final LockSettings settings;
  private final Database database;
  private final Drain drain;
  private final Config config;
  private final Counter takeovers;
  private final Queue<Unreleased> unreleased = new ConcurrentLinkedQueue<>();
  private @Nullable Listener listener;
  private volatile boolean stopped;
  private long placesKeptAt = System.nanoTime();

  Attendant(
      LockStore store,
      Waiters waiters,
      LockSettings settings,
      Database database,
      Drain drain,
      Config config,
      MeterRegistry metrics) {
    this.store = store;
    this.waiters = waiters;
    this.settings = settings;
    this.database = database;
    this.drain = drain;
    this.config = config;
    this.takeovers = metrics.counter("multipod.ticket-service.lock.takeovers");
  }

  void start(@Observes StartupEvent event) {
    listener = new Listener(config, store.channel(), this::allMayBeDue, this::heard);
    Thread.ofVirtual().name("attendant").start(this::run);
  }

  void stop(@Observes ShutdownEvent event) {
    stopped = true;
    waiters.stir();
    if (listener != null) {
      listener.close();
    }
  }

  /// Gives the lease back as soon as the database is there, unless it will have run out by then.
  void releaseLater(Claim claim, long token, long untilNanoTime) {
    unreleased.add(new Unreleased(claim, token, untilNanoTime));
  }

  private void allMayBeDue() {
    waiters.wake(waiters.claims());
  }

  private void heard(List<String> grants) {
    waiters.wake(grants.stream().map(Attendant::claim).toList());
  }

  /// Reads `<lock> <owner>`.
  private static Claim claim(String grant) {
    int space = grant.lastIndexOf(' ');
    return new Claim(grant.substring(0, space), UUID.fromString(grant.substring(space + 1)));
  }

  private void run() {
    while (!stopped) {
      try {
        round();
      } catch (DatabaseAwayException e) {
        LOG.debugf("event=poll-failed cause=%s", e.getMessage());
      } catch (RuntimeException e) {
        LOG.error("event=poll-failed", e);
      }
      if (database.away() || drain.begun()) {
        waiters.stir();
      }
      try {
        TimeUnit.NANOSECONDS.sleep(settings.poll().toNanos());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  private void round() {
    Unreleased lease = unreleased.peek();
    while (lease != null) {
      if (System.nanoTime() < lease.until) {
        store.release(lease.claim, lease.token);
      }
      unreleased.poll();
      lease = unreleased.peek();
    }
    List<Claim> waiting = waiters.claims();
    if (!waiting.isEmpty()
        && System.nanoTime() - placesKeptAt > settings.keepPlace().toNanos() / 4) {
      placesKeptAt = System.nanoTime();
      store.keepPlaces(waiting);
    }
    Found found = store.look(waiting);
    takeovers.increment(found.takenOver());
    waiters.wake(found.due());
  }
}
