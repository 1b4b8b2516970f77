package dev.multipod.consumer;

import dev.multipod.kit.problem.Problem;
import dev.multipod.kit.replica.Drain;
import dev.multipod.queue.Broker;
import dev.multipod.queue.DeliveryLimit;
import dev.multipod.queue.Lag;
import dev.multipod.queue.QueueDefinition;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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

  /// A share consumer that has just been made is not a member yet and sees nothing: it takes this
  /// long to be sure that there is nothing.
  private static final Duration SURE = Duration.ofSeconds(1);

  private final Broker broker;
  private final Slots slots;
  private final Notes notes;
  private final HandOuts past;
  private final DeliveryLimit limit;
  private final Leases leases;
  private final ConsumerMetrics metrics;
  private final Drain drain;
  private final Semaphore callers;
  private final int mostCallers;
  private final Map<String, Semaphore> turns = new ConcurrentHashMap<>();

  Dispatch(
      Broker broker,
      Slots slots,
      Notes notes,
      HandOuts past,
      DeliveryLimit limit,
      Leases leases,
      ConsumerMetrics metrics,
      ConsumerSettings settings,
      Drain drain,
      MeterRegistry registry) {
    this.broker = broker;
    this.slots = slots;
    this.notes = notes;
    this.past = past;
    this.limit = limit;
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
  /// @throws Problem 503 `too-many-waiters`, `broker-away`, `draining`
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
      Optional<Found> found = inTurn(queue, most, start + timeout.toNanos(), gone);
      // The next in line need not wait until these are written down.
      Optional<Lease> lease = found.isPresent() ? handOut(found.get(), gone) : Optional.empty();
      Duration time = Duration.ofNanos(System.nanoTime() - start);
      metrics.get(queue.name(), lease.isPresent() ? "item" : "empty", time);
      return lease;
    } finally {
      callers.release();
    }
  }

  private Optional<Found> inTurn(
      QueueDefinition queue, int most, long deadline, BooleanSupplier gone)
      throws InterruptedException {
    Semaphore turn = turns.computeIfAbsent(queue.name(), _ -> new Semaphore(1, true));
    long patience = Math.max(deadline - System.nanoTime(), SURE.toNanos());
    if (!turn.tryAcquire(patience, TimeUnit.NANOSECONDS)) {
      return Optional.empty();
    }
    try {
      if (drain.begun()) {
        throw draining();
      }
      return first(queue, most, deadline, gone);
    } finally {
      turn.release();
    }
  }

  private Optional<Found> first(
      QueueDefinition queue, int most, long deadline, BooleanSupplier gone)
      throws InterruptedException {
    if (System.nanoTime() > deadline && isSurelyEmpty(queue)) {
      return Optional.empty();
    }
    while (true) {
      long sure = System.nanoTime() + SURE.toNanos();
      long patience = Math.max(deadline - System.nanoTime(), SURE.toNanos());
      Optional<Slot> slot = slots.take(queue, most, Duration.ofNanos(patience));
      if (slot.isEmpty()) {
        return Optional.empty();
      }
      try {
        return poll(slot.get(), Math.max(deadline, sure), deadline, gone);
      } catch (KafkaException e) {
        LOG.warnf("event=poll-failed queue=%s cause=%s", queue.name(), e);
        if (System.nanoTime() > deadline) {
          throw Broker.away(e.toString());
        }
      }
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
        Instant at = Instant.now();
        List<LeasedItem> items = sort(slot, polled);
        if (!items.isEmpty()) {
          kept = true;
          return Optional.of(new Found(slot, items, at));
        }
        if (drain.begun()) {
          sound = true;
          throw draining();
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

  /// Puts aside what is not to be handed out.
  ///
  /// @return what is, with the hand-outs that this will be
  private List<LeasedItem> sort(Slot slot, List<ConsumerRecord<byte[], byte[]>> items)
      throws InterruptedException {
    QueueDefinition queue = slot.queue();
    List<Integer> handOuts = past.of(queue.name(), items);
    List<LeasedItem> good = new ArrayList<>();
    List<ConsumerRecord<byte[], byte[]>> dead = new ArrayList<>();
    List<ConsumerRecord<byte[], byte[]>> finished = new ArrayList<>();
    for (int index = 0; index < items.size(); index++) {
      ConsumerRecord<byte[], byte[]> item = items.get(index);
      int times = handOuts.get(index);
      if (times >= queue.maxDeliveries()) {
        LOG.warnf(
            "event=dead-letter queue=%s item=%s hand-outs=%d",
            queue.name(), LeasedItem.id(item), times);
        dead.add(item);
        finished.add(item);
      } else if (limit.isNear(HandOuts.deliveries(item))) {
        notes.again(queue.name(), item, times);
        metrics.putAgain(queue.name());
        LOG.warnf(
            "event=put-again queue=%s item=%s hand-outs=%d deliveries=%d",
            queue.name(), LeasedItem.id(item), times, HandOuts.deliveries(item));
        finished.add(item);
      } else {
        good.add(new LeasedItem(good.size() + 1, item, times + 1));
      }
    }
    if (!dead.isEmpty()) {
      notes.deadLetters(queue.name(), dead, "deliveries");
      metrics.deadLetters(queue.name(), "deliveries", dead.size());
    }
    if (!finished.isEmpty()) {
      slot.acknowledge(AcknowledgeType.REJECT, finished);
    }
    return good;
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
          throw draining();
        }
        return Optional.empty();
      }
      // From here on the items count as handed out, whether their taker hears of it or not.
      notes.taken(queue.name(), records);
      kept = true;
    } finally {
      if (!kept && sound) {
        slots.giveBack(slot);
      } else if (!kept) {
        slots.discard(slot);
      }
    }
    metrics.redelivered(
        queue.name(),
        Math.toIntExact(found.items.stream().filter(item -> item.deliveries() > 1).count()));
    return Optional.of(leases.give(slot, queue, found.items, found.at));
  }

  private boolean isSurelyEmpty(QueueDefinition queue) throws InterruptedException {
    try {
      return Lag.of(broker, queue.name()).map(lag -> lag.records() == 0).orElse(false);
    } catch (ExecutionException e) {
      return false;
    }
  }

  private static void away(String trouble) {
    throw Broker.away(trouble);
  }

  private static Problem draining() {
    return Problem.of(
            503, "draining", "This replica is stopping", "Retry: another replica answers.")
        .retryAfter(Duration.ofSeconds(1));
  }
}
