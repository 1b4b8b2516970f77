package dev.multipod.consumer;

import dev.multipod.kit.problem.Problem;
import dev.multipod.kit.replica.Drain;
import dev.multipod.queue.Broker;
import dev.multipod.queue.Directory;
import dev.multipod.queue.Lag;
import dev.multipod.queue.QueueDefinition;
import dev.multipod.queue.QueueGone;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.KafkaException;
import org.jboss.logging.Logger;

/// Brings callers and items together. The callers of a queue stand in line; the first of them
/// polls, so that a queue whose callers only wait takes one slot, however many they are.
@ApplicationScoped
class Dispatch {
  /// What a slot got for a caller.
  ///
  /// @param at when the broker's lock began, or a moment later
  private record Found(Slot slot, List<LeasedItem> items, Instant at) {}

  private static final Logger LOG = Logger.getLogger(Dispatch.class);

  private static final class Deleted extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Deleted() {
      super("the queue was deleted", null, false, false);
    }
  }

  /// A share consumer that has just been made is not a member yet and sees nothing: it takes this
  /// long to be sure that there is nothing.
  private static final Duration SURE = Duration.ofSeconds(1);

  private static final Duration RETRY = Duration.ofMillis(100);

  private final Broker broker;
  private final Directory directory;
  private final Slots slots;
  private final Triage triage;
  private final Notes notes;
  private final Leases leases;
  private final ConsumerMetrics metrics;
  private final Drain drain;
  private final Semaphore callers;
  private final int mostCallers;
  private final Map<String, Semaphore> turns = new ConcurrentHashMap<>();
  // Queues whose first caller has no slot: nobody looks for those in line behind it.
  private final Set<String> starved = ConcurrentHashMap.newKeySet();

  Dispatch(
      Broker broker,
      Directory directory,
      Slots slots,
      Triage triage,
      Notes notes,
      Leases leases,
      ConsumerMetrics metrics,
      ConsumerSettings settings,
      Drain drain,
      MeterRegistry registry) {
    this.broker = broker;
    this.directory = directory;
    this.slots = slots;
    this.triage = triage;
    this.notes = notes;
    this.leases = leases;
    this.metrics = metrics;
    this.drain = drain;
    this.mostCallers = settings.callers();
    this.callers = new Semaphore(mostCallers);
    Gauge.builder("multipod.consumer.line", callers, free -> mostCallers - free.availablePermits())
        .register(registry);
  }

  /// Python's `get(timeout=…)`.
  ///
  /// @param most how many items; what is there is enough, so nobody waits for more than one
  /// @param gone whether the caller has closed its connection
  /// @return empty is Python's `Empty`
  /// @throws Problem 404 `queue-unknown`; 503 `too-many-waiters`, `slots-busy`, `broker-away`,
  ///   `draining`
  Optional<Lease> get(QueueDefinition queue, int most, Duration timeout, BooleanSupplier gone)
      throws InterruptedException {
    if (!callers.tryAcquire()) {
      throw Problem.of(
              503,
              "too-many-waiters",
              "Too many callers wait here already",
              "Retry later, or raise multipod.consumer.callers or the number of replicas.")
          .with("limit", mostCallers)
          .retryAfter(Duration.ofSeconds(1));
    }
    long start = System.nanoTime();
    try {
      Optional<Found> found = current(queue, most, start + timeout.toNanos(), gone);
      // The next in line need not wait until these are written down.
      Optional<Lease> lease = found.isPresent() ? handOut(found.get(), gone) : Optional.empty();
      Duration time = Duration.ofNanos(System.nanoTime() - start);
      metrics.get(queue.name(), lease.isPresent() ? "item" : "empty", time);
      return lease;
    } finally {
      callers.release();
    }
  }

  /// This replica may learn late that the queue is another one of its name by now.
  private Optional<Found> current(
      QueueDefinition queue, int most, long deadline, BooleanSupplier gone)
      throws InterruptedException {
    QueueDefinition now = queue;
    while (true) {
      try {
        return inTurn(now, most, deadline, gone);
      } catch (Deleted e) {
        now = directory.find(queue.name()).orElseThrow(() -> Directory.unknown(queue.name()));
      }
    }
  }

  private Optional<Found> inTurn(
      QueueDefinition queue, int most, long deadline, BooleanSupplier gone)
      throws InterruptedException {
    Semaphore turn = turns.computeIfAbsent(queue.name(), _ -> new Semaphore(1, true));
    long patience = Math.max(deadline - System.nanoTime(), SURE.toNanos());
    if (!turn.tryAcquire(patience, TimeUnit.NANOSECONDS)) {
      if (starved.contains(queue.name()) && slots.areAllInUse() && !isSurelyEmpty(queue)) {
        throw slots.busy();
      }
      return Optional.empty();
    }
    try {
      if (drain.begun()) {
        throw Drain.draining();
      }
      return first(queue, most, deadline, gone);
    } finally {
      turn.release();
    }
  }

  private Optional<Found> first(
      QueueDefinition queue, int most, long deadline, BooleanSupplier gone)
      throws InterruptedException {
    requireCurrent(queue);
    if (System.nanoTime() > deadline && isSurelyEmpty(queue)) {
      return Optional.empty();
    }
    while (true) {
      Optional<Slot> slot = slot(queue, most, deadline, gone);
      if (slot.isEmpty()) {
        return Optional.empty();
      }
      long sure = System.nanoTime() + SURE.toNanos();
      try {
        return poll(slot.get(), Math.max(deadline, sure), deadline, gone);
      } catch (Triage.OutOfTurn e) {
        if (System.nanoTime() > deadline && !e.again) {
          return Optional.empty();
        }
      } catch (KafkaException e) {
        requireCurrent(queue);
        LOG.warnf("event=poll-failed queue=%s cause=%s", queue.name(), e);
        if (System.nanoTime() > deadline) {
          throw Broker.away(e);
        }
        Thread.sleep(RETRY);
      }
    }
  }

  /// Empty is not said of a queue that could not be looked at, unless the broker knows it.
  private Optional<Slot> slot(QueueDefinition queue, int most, long deadline, BooleanSupplier gone)
      throws InterruptedException {
    long patience = Math.max(deadline - System.nanoTime(), SURE.toNanos());
    starved.add(queue.name());
    try {
      return slots.take(
          queue,
          most,
          Duration.ofNanos(patience),
          () -> gone.getAsBoolean() || drain.begun() || !directory.isCurrent(queue));
    } catch (Problem busy) {
      if (drain.begun()) {
        throw Drain.draining();
      }
      requireCurrent(queue);
      if (isSurelyEmpty(queue)) {
        return Optional.empty();
      }
      throw busy;
    } finally {
      starved.remove(queue.name());
    }
  }

  /// Polls until there is an item for the caller. The slot is given back unless it holds items.
  private Optional<Found> poll(Slot slot, long sure, long deadline, BooleanSupplier gone)
      throws InterruptedException {
    boolean kept = false;
    boolean sound = false;
    try {
      while (true) {
        List<ConsumerRecord<byte[], byte[]>> polled = slot.poll();
        Instant at = slot.lockedSince();
        requireCurrent(slot.queue());
        List<LeasedItem> items = triage.handOut(slot, polled);
        if (!items.isEmpty()) {
          kept = true;
          return Optional.of(new Found(slot, items, at));
        }
        if (drain.begun()) {
          sound = true;
          throw Drain.draining();
        }
        boolean over = System.nanoTime() > deadline;
        if (gone.getAsBoolean()
            || System.nanoTime() > sure
            || (over && isSurelyEmpty(slot.queue()))) {
          sound = true;
          broker.trouble().ifPresent(Dispatch::away);
          return Optional.empty();
        }
      }
    } finally {
      if (!kept && sound) {
        slots.giveBack(slot);
      } else if (!kept) {
        slots.discard(slot);
      }
    }
  }

  /// @return empty when the caller has gone meanwhile
  private Optional<Lease> handOut(Found found, BooleanSupplier gone) throws InterruptedException {
    Slot slot = found.slot;
    QueueDefinition queue = slot.queue();
    List<ConsumerRecord<byte[], byte[]>> records =
        found.items.stream().map(LeasedItem::record).toList();
    boolean sound = false;
    boolean kept = false;
    try {
      if (gone.getAsBoolean() || drain.begun()) {
        slot.acknowledge(AcknowledgeType.RELEASE, records);
        sound = true;
        if (drain.begun()) {
          throw Drain.draining();
        }
        return Optional.empty();
      }
      // From here on the items count as handed out, whether their taker hears of it or not.
      notes.taken(records);
      kept = true;
    } finally {
      if (!kept && sound) {
        slots.giveBack(slot);
      } else if (!kept) {
        slots.discard(slot);
      }
    }
    Instant now = Instant.now();
    metrics.firstHandOuts(
        queue.name(),
        found.items.stream()
            .filter(item -> item.deliveries() == 1)
            .map(item -> Duration.between(Instant.ofEpochMilli(item.record().timestamp()), now))
            .toList());
    metrics.redelivered(
        queue.name(),
        Math.toIntExact(found.items.stream().filter(item -> item.deliveries() > 1).count()));
    return Optional.of(leases.give(slot, queue, found.items, found.at));
  }

  private void requireCurrent(QueueDefinition queue) {
    if (!directory.isCurrent(queue)) {
      throw new Deleted();
    }
  }

  void forget(@Observes QueueGone gone) {
    turns.remove(gone.queue().name());
  }

  private boolean isSurelyEmpty(QueueDefinition queue) throws InterruptedException {
    try {
      return Lag.of(broker, queue).map(lag -> lag.records() == 0).orElse(false);
    } catch (ExecutionException e) {
      return false;
    }
  }

  private static void away(String trouble) {
    throw Broker.away(trouble);
  }
}
