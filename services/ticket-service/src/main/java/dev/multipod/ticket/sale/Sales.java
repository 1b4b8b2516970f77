package dev.multipod.ticket.sale;

import dev.multipod.kit.problem.Problem;
import dev.multipod.kit.wait.LongPoll;
import dev.multipod.ticket.database.DatabaseAwayException;
import dev.multipod.ticket.sale.Sale.KeyReused;
import dev.multipod.ticket.sale.Sale.Late;
import dev.multipod.ticket.sale.Sale.NoSuchEvent;
import dev.multipod.ticket.sale.Sale.Numbered;
import dev.multipod.ticket.sale.Sale.Sold;
import dev.multipod.ticket.sale.Sale.SoldOut;
import dev.multipod.ticket.sale.Sale.TooManySeats;
import io.micrometer.core.instrument.MeterRegistry;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.Tracer;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.concurrent.Semaphore;

/// Sells a ticket the way the buyer asked for, bounded in how many buy at once. Blocks for as long
/// as the sale takes; call it on a virtual thread.
@ApplicationScoped
class Sales {
  private final Unprotected unprotected;
  private final Mutex mutex;
  private final RowLock rowLock;
  private final Seats seats;
  private final Ledger ledger;
  private final LongPoll polls;
  private final SaleSettings settings;
  private final MeterRegistry metrics;
  private final Tracer tracer;
  private final Semaphore places;

  Sales(
      Unprotected unprotected,
      Mutex mutex,
      RowLock rowLock,
      Seats seats,
      Ledger ledger,
      LongPoll polls,
      SaleSettings settings,
      MeterRegistry metrics,
      Tracer tracer) {
    this.unprotected = unprotected;
    this.mutex = mutex;
    this.rowLock = rowLock;
    this.seats = seats;
    this.ledger = ledger;
    this.polls = polls;
    this.settings = settings;
    this.metrics = metrics;
    this.tracer = tracer;
    this.places = new Semaphore(settings.maxOrders());
    metrics.gauge(
        "multipod.ticket-service.orders.pending",
        places,
        free -> settings.maxOrders() - free.availablePermits());
  }

  /// Sells one ticket, or says why not.
  ///
  /// @throws Problem 503 `too-many-orders`
  /// @throws DatabaseAwayException whether it was sold is unknown; the key finds out
  Sale sell(Purchase purchase, Duration wait) throws InterruptedException {
    if (!places.tryAcquire()) {
      count(purchase, "refused");
      throw Problem.of(
              503,
              "too-many-orders",
              "Too many orders are under way here",
              "Retry with the same Idempotency-Key; the bound is"
                  + " multipod.ticket-service.sale.max-orders.")
          .with("limit", settings.maxOrders())
          .retryAfter(Duration.ofSeconds(1));
    }
    Span span =
        tracer
            .spanBuilder("order")
            .setAttribute("multipod.event", purchase.event())
            .setAttribute("multipod.strategy", purchase.how().word())
            .startSpan();
    String outcome = "failed";
    try {
      Sale sale =
          switch (purchase.how()) {
            case NONE -> unprotected.sell(purchase);
            case MUTEX -> mutex.sell(purchase, wait);
            case ROW -> rowLock.sell(purchase, polls.bounded(wait));
            case ATOMIC -> ledger.sellAtomic(purchase);
            case SEATS -> seats.sell(purchase, polls.bounded(wait));
          };
      outcome = word(sale);
      return sale;
    } finally {
      places.release();
      span.setAttribute("multipod.outcome", outcome).end();
      count(purchase, outcome);
    }
  }

  /// One word for an outcome, in metrics, spans and the lines of a rush.
  static String word(Sale sale) {
    return switch (sale) {
      case Sold(Order ignored, boolean replayed) -> replayed ? "replayed" : "sold";
      case SoldOut ignored -> "sold-out";
      case KeyReused ignored -> "key-reused";
      case NoSuchEvent ignored -> "no-such-event";
      case Late ignored -> "late";
      case Numbered ignored -> "numbered";
      case TooManySeats ignored -> "too-many-seats";
    };
  }

  private void count(Purchase purchase, String outcome) {
    metrics
        .counter(
            "multipod.ticket-service.orders", "strategy", purchase.how().word(), "outcome", outcome)
        .increment();
  }
}
