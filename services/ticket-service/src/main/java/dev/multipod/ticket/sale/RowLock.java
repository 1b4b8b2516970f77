package dev.multipod.ticket.sale;

import dev.multipod.ticket.sale.Sale.Late;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/// The strategy `row`: read, think, write under the database's own lock on the event's row. A sale
/// holds a connection while it waits for the row and thinks, so only half of this process'
/// connections may be taken by them; the other buyers wait here, without one.
@ApplicationScoped
class RowLock {
  /// Shorter than what a connection without an answer is given up after.
  private static final Duration LOCK_WAIT = Duration.ofSeconds(1);

  private final Ledger ledger;
  private final Semaphore connections;

  RowLock(
      Ledger ledger, @ConfigProperty(name = "quarkus.datasource.jdbc.max-size") int connections) {
    this.ledger = ledger;
    this.connections = new Semaphore(Math.max(1, (connections - 1) / 2), true);
  }

  Sale sell(Purchase purchase, Duration wait) throws InterruptedException {
    long deadline = System.nanoTime() + wait.toNanos();
    if (!connections.tryAcquire(wait.toNanos(), TimeUnit.NANOSECONDS)) {
      return new Late();
    }
    try {
      do {
        Optional<Sale> sale = ledger.sellUnderRowLock(purchase, LOCK_WAIT);
        if (sale.isPresent()) {
          return sale.get();
        }
      } while (System.nanoTime() < deadline);
      return new Late();
    } finally {
      connections.release();
    }
  }
}
