package dev.multipod.ticket.sale;

import dev.multipod.ticket.sale.Sale.Late;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/// The strategy `seats`: any free seat that nobody else is taking. Only who finds the last seats in
/// the hands of others waits, here and without a connection: one of them may yet let go.
@ApplicationScoped
class Seats {
  private static final int LONGEST_PAUSE_MS = 10;

  private final Ledger ledger;
  private final SaleSettings settings;

  Seats(Ledger ledger, SaleSettings settings) {
    this.ledger = ledger;
    this.settings = settings;
  }

  Sale sell(Purchase purchase, Duration wait) throws InterruptedException {
    long deadline = System.nanoTime() + wait.toNanos();
    do {
      Optional<Sale> sale = ledger.sellSeat(purchase, settings.maxSeats());
      if (sale.isPresent()) {
        return sale.get();
      }
      TimeUnit.MILLISECONDS.sleep(ThreadLocalRandom.current().nextInt(1, LONGEST_PAUSE_MS));
    } while (System.nanoTime() < deadline);
    return new Late();
  }
}
