package dev.multipod.ticket.sale;

import dev.multipod.ticket.sale.Ledger.Reading;
import dev.multipod.ticket.sale.Sale.NoSuchEvent;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// The strategy `none`: read, think, write. Whoever reads in between reads the same number, and one
/// of the two writes is lost.
@ApplicationScoped
class Unprotected {
  private final Ledger ledger;

  Unprotected(Ledger ledger) {
    this.ledger = ledger;
  }

  Sale sell(Purchase purchase) throws InterruptedException {
    Optional<Reading> reading = ledger.read(purchase.event());
    if (reading.isEmpty()) {
      return new NoSuchEvent();
    }
    TimeUnit.NANOSECONDS.sleep(reading.get().think().toNanos());
    return ledger.sellUnprotected(reading.get(), purchase);
  }
}
