package dev.multipod.ticket.sale;

import dev.multipod.kit.problem.Problem;
import dev.multipod.ticket.database.DatabaseAwayException;
import dev.multipod.ticket.sale.Events.EventView;
import dev.multipod.ticket.sale.RushResource.Line;
import dev.multipod.ticket.sale.RushResource.Sum;
import dev.multipod.ticket.sale.Sale.Sold;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/// Many buyers of one event, each on a thread of its own. When whoever watches goes away, those who
/// have not begun do not.
final class Rush {
  private static final Logger LOG = Logger.getLogger(Rush.class);

  private final Sales sales;
  private final Events events;
  private final String event;
  private final Strategy how;
  private final int buyers;
  private final Duration wait;
  private final String keys = "rush-" + UUID.randomUUID() + "-";
  private final AtomicInteger sold = new AtomicInteger();
  private final AtomicInteger soldOut = new AtomicInteger();
  private final AtomicInteger failed = new AtomicInteger();
  private volatile boolean abandoned;

  Rush(Sales sales, Events events, String event, Strategy how, int buyers, Duration wait) {
    this.sales = sales;
    this.events = events;
    this.event = event;
    this.how = how;
    this.buyers = buyers;
    this.wait = wait;
  }

  void abandon() {
    abandoned = true;
  }

  /// Runs it to its end.
  ///
  /// @param lines may be called from many threads
  void run(Consumer<Line> lines, Runnable end) {
    long began = System.nanoTime();
    try (ExecutorService crowd = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int buyer = 1; buyer <= buyers; buyer++) {
        int number = buyer;
        crowd.execute(() -> buy(number, lines));
      }
    }
    Duration took = Duration.ofNanos(System.nanoTime() - began);
    Sum sum = new Sum(buyers, sold.get(), soldOut.get(), failed.get(), took, after());
    lines.accept(new Line(null, null, null, null, null, sum));
    end.run();
  }

  private void buy(int buyer, Consumer<Line> lines) {
    if (abandoned) {
      return;
    }
    long began = System.nanoTime();
    UUID order = null;
    Integer remainingAfter = null;
    String outcome;
    try {
      Sale sale = sales.sell(Purchase.of(event, keys + buyer, "buyer " + buyer, how), wait);
      outcome = Sales.word(sale);
      if (sale instanceof Sold(Order ticket, boolean ignored)) {
        order = ticket.id();
        remainingAfter = ticket.remainingAfter();
      }
      switch (sale) {
        case Sold ignored -> sold.incrementAndGet();
        case Sale.SoldOut ignored -> soldOut.incrementAndGet();
        case Sale.KeyReused ignored -> failed.incrementAndGet();
        case Sale.NoSuchEvent ignored -> failed.incrementAndGet();
        case Sale.Late ignored -> failed.incrementAndGet();
        case Sale.Numbered ignored -> failed.incrementAndGet();
        case Sale.TooManySeats ignored -> failed.incrementAndGet();
      }
    } catch (Problem problem) {
      outcome = problem.slug();
      failed.incrementAndGet();
    } catch (DatabaseAwayException e) {
      outcome = e.problem().slug();
      failed.incrementAndGet();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return;
    } catch (RuntimeException e) {
      LOG.errorf(e, "event=rush-buyer-failed");
      outcome = "internal-error";
      failed.incrementAndGet();
    }
    Duration took = Duration.ofNanos(System.nanoTime() - began);
    lines.accept(new Line(buyer, outcome, order, remainingAfter, took, null));
  }

  private @Nullable EventView after() {
    try {
      return events.find(event).orElse(null);
    } catch (DatabaseAwayException e) {
      return null;
    }
  }
}
