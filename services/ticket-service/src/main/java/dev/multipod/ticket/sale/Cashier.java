package dev.multipod.ticket.sale;

import dev.multipod.kit.problem.Problem;
import dev.multipod.ticket.database.DatabaseAwayException;
import dev.multipod.ticket.lock.Acquired;
import dev.multipod.ticket.lock.Acquired.Granted;
import dev.multipod.ticket.lock.Acquired.Waiting;
import dev.multipod.ticket.lock.Lease;
import dev.multipod.ticket.lock.LockNames;
import dev.multipod.ticket.lock.Locks;
import dev.multipod.ticket.sale.Ledger.Reading;
import dev.multipod.ticket.sale.Ledger.Written.Changed;
import dev.multipod.ticket.sale.Ledger.Written.Done;
import dev.multipod.ticket.sale.Ledger.Written.Fenced;
import dev.multipod.ticket.sale.Sale.NoSuchEvent;
import dev.multipod.ticket.sale.Sale.Numbered;
import dev.multipod.ticket.sale.Sale.SoldOut;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/// Sells one event's tickets for all who queue in this process, under one lock: whatever queued
/// while the last write was under way is sold by the next (flat combining; Hendler, Incze, Shavit
/// and Tzafrir, SPAA 2010; lock cohorting; Dice, Marathe and Shavit, PPoPP 2012).
///
/// Each tenure has an owner of its own. After a call of unknown outcome the cashier therefore never
/// comes back under the same token, and a write still under way in the database is either waited
/// for by the next grant or fenced by it.
final class Cashier {
  private static final Logger LOG = Logger.getLogger(Cashier.class);
  private static final Duration LOCK_WAIT = Duration.ofSeconds(30);

  private final String event;
  private final String lock;
  private final Locks locks;
  private final Ledger ledger;
  private final SaleSettings settings;
  private final Deque<Pending> queue = new ArrayDeque<>();
  private boolean known;
  private UUID owner = UUID.randomUUID();

  Cashier(String event, Locks locks, Ledger ledger, SaleSettings settings) {
    this.event = event;
    this.lock = LockNames.ofEvent(event);
    this.locks = locks;
    this.ledger = ledger;
    this.settings = settings;
  }

  synchronized void queue(Pending pending) {
    queue.add(pending);
    notifyAll();
  }

  /// Waits a while for somebody to come.
  ///
  /// @return whether somebody queues
  synchronized boolean awaitBuyers(Duration atMost) throws InterruptedException {
    long deadline = System.nanoTime() + atMost.toNanos();
    long left = atMost.toMillis();
    while (isIdle() && left > 0) {
      wait(left);
      left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
    }
    return !isIdle();
  }

  synchronized boolean isIdle() {
    queue.removeIf(Pending::withdrawn);
    return queue.isEmpty();
  }

  /// One turn: waits for the lock, sells, hands it on. Whatever goes wrong, those who queue hear
  /// of.
  void serve() {
    try {
      if (!known && ledger.read(event).isEmpty()) {
        take(Integer.MAX_VALUE).forEach(pending -> pending.answer(new NoSuchEvent()));
        return;
      }
      known = true;
      Acquired acquired = locks.acquire(locks.ownWaiter(lock, owner), settings.ttl(), LOCK_WAIT);
      if (acquired instanceof Granted granted) {
        UUID holder = owner;
        owner = UUID.randomUUID();
        try (Lease lease = locks.hold(lock, holder, granted, settings.ttl())) {
          sellUnder(lease);
        }
      } else if (!(acquired instanceof Waiting)) {
        throw Problem.of(
                503, "lock-queue-full", "Too many wait for this lock", "Retry with the same key.")
            .retryAfter(Duration.ofSeconds(1));
      }
    } catch (DatabaseAwayException | Problem e) {
      failAll(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      failAll(new IllegalStateException(e));
    } catch (RuntimeException e) {
      LOG.errorf(e, "event=sale-failed event=%s", event);
      failAll(e);
    }
  }

  private void failAll(RuntimeException failure) {
    take(Integer.MAX_VALUE).forEach(pending -> pending.fail(failure));
  }

  /// Reads, thinks and writes for all who queue, up to a bound; the write hands the lock on. Once
  /// more if the event was changed between.
  private void sellUnder(Lease lease) throws InterruptedException {
    List<Pending> batch = takeDistinct(settings.tenureOrders());
    try {
      boolean again = !batch.isEmpty();
      while (again) {
        Optional<Reading> reading = ledger.read(event);
        if (reading.isEmpty()) {
          batch.forEach(pending -> pending.answer(new NoSuchEvent()));
          again = false;
        } else if (lease.pass(reading.get().think())) {
          again = write(batch, lease, reading.get());
        } else {
          putBack(batch);
          again = false;
        }
      }
    } catch (RuntimeException e) {
      batch.forEach(pending -> pending.fail(e));
      throw e;
    }
  }

  /// Writes for a batch.
  ///
  /// @return whether it has to be read again
  private boolean write(List<Pending> batch, Lease lease, Reading reading) {
    List<Purchase> purchases = batch.stream().map(Pending::purchase).toList();
    return switch (ledger.sell(lock, lease, reading, purchases)) {
      case Done(List<Sale> sales) -> {
        lease.handedOn();
        for (int index = 0; index < batch.size(); index++) {
          Sale sale = sales.get(index);
          boolean numbered = sale instanceof SoldOut && reading.numbered();
          batch.get(index).answer(numbered ? new Numbered() : sale);
        }
        yield false;
      }
      case Fenced fenced -> {
        lease.lose();
        putBack(batch);
        yield false;
      }
      case Changed changed -> true;
    };
  }

  private synchronized List<Pending> take(int most) {
    List<Pending> taken = new ArrayList<>();
    while (!queue.isEmpty() && taken.size() < most) {
      taken.add(queue.remove());
    }
    return taken;
  }

  /// The longest-waiting, without those who gave up. A key that comes twice waits for the next
  /// batch, which finds what this one sold.
  private synchronized List<Pending> takeDistinct(int most) {
    List<Pending> taken = new ArrayList<>();
    Deque<Pending> twice = new ArrayDeque<>();
    Set<String> keys = new HashSet<>();
    while (!queue.isEmpty() && taken.size() < most) {
      Pending next = queue.remove();
      if (next.withdrawn()) {
        continue;
      }
      if (keys.add(next.purchase().key())) {
        taken.add(next);
      } else {
        twice.add(next);
      }
    }
    putBack(List.copyOf(twice));
    return taken;
  }

  private synchronized void putBack(List<Pending> batch) {
    batch.reversed().forEach(queue::addFirst);
  }
}
