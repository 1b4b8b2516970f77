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

  /// How often the broker delivered an item to somebody or to nobody, this time included.
  private static int deliveries(ConsumerRecord<byte[], byte[]> item) {
    return item.deliveryCount().orElse((short) 1);
  }

  /// Python's `get(timeout=…)`.
  ///
  /// @param gone whether the caller has closed its connection
  /// @return empty is Python's `Empty`
  /// @throws Problem 503 `too-many-waiters`, `broker-away`, `draining`
  Optional<Lease> get(QueueDefinition queue, Duration timeout, BooleanSupplier gone)
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
      Optional<Lease> lease = inTurn(queue, start + timeout.toNanos(), gone);
      Duration time = Duration.ofNanos(System.nanoTime() - start);
      metrics.get(queue.name(), lease.isPresent() ? "item" : "empty", time);
      return lease;
    } finally {
      callers.release();
    }
  }

  private Optional<Lease> inTurn(QueueDefinition queue, long deadline, BooleanSupplier gone)
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
      return first(queue, deadline, gone);
    } finally {
      turn.release();
    }
  }

  private Optional<Lease> first(QueueDefinition queue, long deadline, BooleanSupplier gone)
      throws InterruptedException {
    if (System.nanoTime() > deadline && isSurelyEmpty(queue)) {
      return Optional.empty();
    }
    while (true) {
      long sure = System.nanoTime() + SURE.toNanos();
      long patience = Math.max(deadline - System.nanoTime(), SURE.toNanos());
      Optional<Slot> slot = slots.take(queue, Duration.ofNanos(patience));
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

  /// Polls until there is an item for the caller. The slot is given back unless it holds the item.
  private Optional<Lease> poll(Slot slot, long sure, long deadline, BooleanSupplier gone)
      throws InterruptedException {
    boolean kept = false;
    boolean sound = false;
    try {
      while (true) {
        Optional<ConsumerRecord<byte[], byte[]>> item = slot.poll();
        if (item.isPresent()) {
          Optional<Lease> lease = offer(slot, item.get(), gone);
          kept = lease.isPresent();
          if (kept) {
            return lease;
          }
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

  /// @return empty when the item was not for the caller after all
  private Optional<Lease> offer(
      Slot slot, ConsumerRecord<byte[], byte[]> item, BooleanSupplier gone)
      throws InterruptedException {
    QueueDefinition queue = slot.queue();
    int deliveries = deliveries(item);
    int handOuts = past.of(queue.name(), item, deliveries);
    if (handOuts >= queue.maxDeliveries()) {
      notes.deadLetter(queue.name(), item, "deliveries");
      metrics.deadLetter(queue.name(), "deliveries");
      LOG.warnf(
          "event=dead-letter queue=%s item=%s hand-outs=%d",
          queue.name(), Lease.itemId(item), handOuts);
      slot.acknowledge(AcknowledgeType.REJECT);
      return Optional.empty();
    }
    if (limit.isNear(deliveries)) {
      notes.again(queue.name(), item, handOuts);
      metrics.putAgain(queue.name());
      LOG.warnf(
          "event=put-again queue=%s item=%s hand-outs=%d deliveries=%d",
          queue.name(), Lease.itemId(item), handOuts, deliveries);
      slot.acknowledge(AcknowledgeType.REJECT);
      return Optional.empty();
    }
    if (gone.getAsBoolean() || drain.begun()) {
      slot.acknowledge(AcknowledgeType.RELEASE);
      return Optional.empty();
    }
    // From here on the item counts as handed out, whether its taker hears of it or not.
    notes.taken(queue.name(), item);
    if (handOuts > 0) {
      metrics.redelivered(queue.name());
    }
    return Optional.of(leases.give(slot, queue, item, handOuts + 1));
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
