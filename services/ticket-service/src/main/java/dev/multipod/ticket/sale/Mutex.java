package dev.multipod.ticket.sale;

import dev.multipod.kit.wait.LongPoll;
import dev.multipod.ticket.database.Database;
import dev.multipod.ticket.database.DatabaseAwayException;
import dev.multipod.ticket.lock.Locks;
import dev.multipod.ticket.sale.Sale.Late;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;

/// The strategy `mutex`: read, think, write under the event's lock, which all replicas share. The
/// buyers of this process queue at one [Cashier] for each event, who takes the lock for them all.
@ApplicationScoped
class Mutex {
  /// How often is looked who has waited too long, and whether the database is away.
  private static final Duration GLANCE = Duration.ofMillis(100);

  /// How long a cashier waits for the next buyer. One who has just bought often comes again.
  private static final Duration LINGER = Duration.ofSeconds(1);

  private final Locks locks;
  private final Ledger ledger;
  private final SaleSettings settings;
  private final Database database;
  private final LongPoll polls;

  /// A cashier is here while it has work, and a moment longer; who queues, and whether it leaves,
  /// is settled under the map's own lock.
  private final ConcurrentMap<String, Cashier> cashiers = new ConcurrentHashMap<>();

  /// Who waits for an answer: no more than may buy at once.
  private final Set<Pending> buyers = ConcurrentHashMap.newKeySet();

  private volatile boolean stopped;

  Mutex(Locks locks, Ledger ledger, SaleSettings settings, Database database, LongPoll polls) {
    this.locks = locks;
    this.ledger = ledger;
    this.settings = settings;
    this.database = database;
    this.polls = polls;
  }

  void start(@Observes StartupEvent event) {
    Thread.ofVirtual().name("buyers").start(this::watchBuyers);
  }

  void stop(@Observes ShutdownEvent event) {
    stopped = true;
  }

  Sale sell(Purchase purchase, Duration wait) throws InterruptedException {
    if (database.away()) {
      throw new DatabaseAwayException("no answer for too long");
    }
    long deadline = System.nanoTime() + polls.bounded(wait).toNanos();
    Pending pending = new Pending(purchase, deadline);
    cashiers.compute(
        purchase.event(),
        (event, present) -> {
          Cashier cashier = present == null ? hire(event) : present;
          cashier.queue(pending);
          return cashier;
        });
    buyers.add(pending);
    try {
      return pending.await();
    } finally {
      buyers.remove(pending);
    }
  }

  /// Sends away who waited too long, and everybody while the database is away.
  private void watchBuyers() {
    while (!stopped) {
      boolean away = database.away();
      for (Pending buyer : buyers) {
        if (away) {
          buyer.fail(new DatabaseAwayException("no answer for too long"));
        } else if (buyer.isLate()) {
          buyer.answer(new Late());
        }
      }
      try {
        TimeUnit.NANOSECONDS.sleep(GLANCE.toNanos());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  private static void serve(Cashier cashier) {
    try {
      do {
        cashier.serve();
      } while (cashier.awaitBuyers(LINGER));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private Cashier hire(String event) {
    Cashier cashier = new Cashier(event, locks, ledger, settings);
    Thread.ofVirtual()
        .name("cashier-" + event)
        .start(
            () -> {
              do {
                serve(cashier);
              } while (cashiers.computeIfPresent(
                      event, (ignored, present) -> present.isIdle() ? null : present)
                  != null);
            });
    return cashier;
  }
}
