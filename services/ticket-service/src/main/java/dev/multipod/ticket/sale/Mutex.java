package dev.multipod.ticket.sale;

import dev.multipod.kit.wait.LongPoll;
import dev.multipod.ticket.database.Database;
import dev.multipod.ticket.database.DatabaseAwayException;
import dev.multipod.ticket.lock.Locks;
import dev.multipod.ticket.sale.Sale.Late;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/// The strategy `mutex`: read, think, write under the event's lock, which all replicas share. The
/// buyers of this process queue at one [Cashier] for each event, who takes the lock for them all.
@ApplicationScoped
class Mutex {
  /// How often a buyer looks whether the database is away.
  private static final Duration GLANCE = Duration.ofMillis(100);

  private final Locks locks;
  private final Ledger ledger;
  private final SaleSettings settings;
  private final Database database;
  private final LongPoll polls;

  /// A cashier is here exactly while it has work; it queues and leaves under the map's own lock.
  private final ConcurrentMap<String, Cashier> cashiers = new ConcurrentHashMap<>();

  Mutex(Locks locks, Ledger ledger, SaleSettings settings, Database database, LongPoll polls) {
    this.locks = locks;
    this.ledger = ledger;
    this.settings = settings;
    this.database = database;
    this.polls = polls;
  }

  Sale sell(Purchase purchase, Duration wait) throws InterruptedException {
    if (database.away()) {
      throw new DatabaseAwayException("no answer for too long");
    }
    Pending pending = new Pending(purchase);
    cashiers.compute(
        purchase.event(),
        (event, present) -> {
          Cashier cashier = present == null ? hire(event) : present;
          cashier.queue(pending);
          return cashier;
        });
    long deadline = System.nanoTime() + polls.bounded(wait).toNanos();
    while (!pending.await(GLANCE)) {
      if (database.away()) {
        pending.withdraw();
        throw new DatabaseAwayException("no answer for too long");
      }
      if (System.nanoTime() >= deadline) {
        pending.withdraw();
        return new Late();
      }
    }
    return pending.answer();
  }

  private Cashier hire(String event) {
    Cashier cashier = new Cashier(event, locks, ledger, settings);
    Thread.ofVirtual()
        .name("cashier-" + event)
        .start(
            () -> {
              do {
                cashier.serve();
              } while (cashiers.computeIfPresent(
                      event, (ignored, present) -> present.isIdle() ? null : present)
                  != null);
            });
    return cashier;
  }
}
