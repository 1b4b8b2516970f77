package dev.multipod.consumer;

import dev.multipod.kit.problem.Problem;
import dev.multipod.kit.replica.Replica;
import dev.multipod.queue.QueueDefinition;
import dev.multipod.queue.QueueGone;
import io.micrometer.core.instrument.MeterRegistry;
import io.opentelemetry.api.trace.Span;
import io.quarkus.runtime.ShutdownEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jboss.logging.Logger;

/// The leases that this replica has given: who may acknowledge which items. What is here goes with
/// the replica; the broker then gives the items to others.
@ApplicationScoped
class Leases {
  private static final Logger LOG = Logger.getLogger(Leases.class);
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final long EXPIRY_STEP_MILLIS = 100;

  private final Slots slots;
  private final Notes notes;
  private final Eating eating;
  private final ConsumerMetrics metrics;
  private final ConsumerSettings settings;
  private final Replica replica;
  private final SlotWatch watch;
  private final Map<String, Holding> holdings = new ConcurrentHashMap<>();
  private final Endings endings;
  private final ScheduledExecutorService clock =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("lease-expiry").factory());

  Leases(
      Slots slots,
      Notes notes,
      Eating eating,
      ConsumerMetrics metrics,
      ConsumerSettings settings,
      Replica replica,
      SlotWatch watch,
      MeterRegistry registry) {
    this.slots = slots;
    this.notes = notes;
    this.eating = eating;
    this.metrics = metrics;
    this.settings = settings;
    this.replica = replica;
    this.watch = watch;
    this.endings = new Endings(settings.remembered());
    registry.gaugeMapSize("multipod.consumer.leases", List.of(), holdings);
    var _ =
        clock.scheduleWithFixedDelay(
            this::expire, EXPIRY_STEP_MILLIS, EXPIRY_STEP_MILLIS, TimeUnit.MILLISECONDS);
  }

  /// Gives a lease on the items that a slot has.
  ///
  /// @param at when the slot got them: the broker's lock runs from then on
  Lease give(Slot slot, QueueDefinition queue, List<LeasedItem> items, Instant at) {
    byte[] random = new byte[9];
    RANDOM.nextBytes(random);
    Lease lease =
        new Lease(
            replica.name() + "." + HexFormat.of().formatHex(random),
            queue,
            items,
            Lease.end(queue, at, settings.leaseMargin()));
    Map<Integer, Span> spans = new HashMap<>();
    items.forEach(item -> spans.put(item.number(), eating.begin(queue.name(), item)));
    Holding holding = new Holding(lease, slot, spans);
    holdings.put(lease.id(), holding);
    watch.taken(holding);
    return lease;
  }

  /// The lease, if it has not ended.
  Optional<Lease> find(String id) {
    return Optional.ofNullable(holdings.get(id)).map(Holding::lease);
  }

  /// Every lease that has not ended, and who has it.
  List<Holding> held() {
    return List.copyOf(holdings.values());
  }

  /// Python's `task_done()`, once: for one item of a batch, or for all that is left of a lease.
  ///
  /// @throws Problem 409 `lease-lost`, 410 `already-done`, 503 `outcome-unknown`
  void done(String queue, String id) {
    acknowledge(queue, id, AcknowledgeType.ACCEPT, Ending.DONE);
  }

  /// Gives items back; somebody gets them at once.
  void release(String queue, String id) {
    acknowledge(queue, id, AcknowledgeType.RELEASE, Ending.RELEASED);
  }

  /// Gives items up: to the dead letters first, then they are finished.
  void reject(String queue, String id) throws InterruptedException {
    Holding holding = require(queue, id);
    holding.lock().lock();
    try {
      List<LeasedItem> items = requireLive(holding, id);
      notes.deadLetters(items, "rejected");
      metrics.deadLetters(queue, "rejected", items.size());
      acknowledge(queue, id, AcknowledgeType.REJECT, Ending.REJECTED);
    } finally {
      holding.lock().unlock();
    }
  }

  /// Keeps what is left of a lease for one more lease from now.
  Lease renew(String queue, String id) {
    Holding holding = require(queue, id);
    holding.lock().lock();
    try {
      requireLive(holding, id);
      Lease longer =
          holding
              .lease()
              .until(Lease.end(holding.lease().queue(), Instant.now(), settings.leaseMargin()));
      boolean kept = false;
      try {
        kept = holding.slot().renew();
      } finally {
        if (!kept) {
          lose(holding, true);
        }
      }
      if (!kept) {
        throw Endings.lost(id);
      }
      holding.renewed(longer);
      watch.renewed(holding);
      return longer;
    } finally {
      holding.lock().unlock();
    }
  }

  /// @param id of a lease: all that is left of it; or of one item of a batch
  private void acknowledge(String queue, String id, AcknowledgeType type, Ending ending) {
    Holding holding = require(queue, id);
    holding.lock().lock();
    try {
      List<LeasedItem> items = requireLive(holding, id);
      boolean held = false;
      boolean answered = false;
      try {
        held = holding.slot().acknowledge(type, records(items));
        answered = true;
      } finally {
        if (held) {
          end(holding, id, items, ending);
          if (ending != Ending.RELEASED) {
            notes.finished(records(items));
          }
        } else {
          lose(holding, !answered);
        }
      }
      if (!held) {
        throw Endings.lost(id);
      }
    } finally {
      holding.lock().unlock();
    }
  }

  private static List<ConsumerRecord<byte[], byte[]>> records(List<LeasedItem> items) {
    return items.stream().map(LeasedItem::record).toList();
  }

  /// @param named the lease, or the item of it
  private void end(Holding holding, String named, List<LeasedItem> items, Ending ending) {
    finish(holding, items, ending);
    endings.remember(named, ending);
    if (holding.isEnded()) {
      forget(holding, ending);
      slots.giveBack(holding.slot());
    }
  }

  /// @param broken whether the slot cannot be trusted any more
  private void lose(Holding holding, boolean broken) {
    finish(holding, holding.lease().items(), Ending.LOST);
    forget(holding, Ending.LOST);
    if (broken || !holding.slot().isEmpty()) {
      slots.discard(holding.slot());
    } else {
      slots.giveBack(holding.slot());
    }
  }

  private void finish(Holding holding, List<LeasedItem> items, Ending ending) {
    String queue = holding.lease().queue().name();
    Duration held = Duration.ofNanos(System.nanoTime() - holding.since());
    for (LeasedItem item : items) {
      eating.end(holding.span(item), ending);
    }
    metrics.ended(queue, ending, held, items.size());
    watch.ended(holding, items, ending);
    holding.end(items);
  }

  private void forget(Holding holding, Ending ending) {
    String id = holding.lease().id();
    endings.remember(id, ending);
    holdings.remove(id);
  }

  private Holding require(String queue, String id) {
    Holding holding = holdings.get(Lease.whole(id));
    if (holding == null || !holding.lease().queue().name().equals(queue)) {
      throw endings.problem(id);
    }
    return holding;
  }

  /// What is left of that which the id stands for; at least one item.
  private List<LeasedItem> requireLive(Holding holding, String id) {
    List<LeasedItem> items = holding.lease().named(id);
    if (items.isEmpty()) {
      throw endings.problem(id);
    }
    return items;
  }

  /// Gives items back whose leases have run out: a moment before the broker would.
  private void expire() {
    Instant now = Instant.now();
    for (Holding holding : holdings.values()) {
      if (holding.lease().until().isBefore(now)) {
        Thread.ofVirtual().name("lease-end").start(() -> expire(holding));
      }
    }
  }

  private void expire(Holding holding) {
    holding.lock().lock();
    try {
      Lease lease = holding.lease();
      if (holding.isEnded() || lease.until().isAfter(Instant.now())) {
        return;
      }
      LOG.infof(
          "event=lease-expired queue=%s item=%s items=%d",
          lease.queue().name(), lease.items().getFirst().id(), lease.items().size());
      // Closing the slot gives the items back.
      lose(holding, true);
    } finally {
      holding.lock().unlock();
    }
  }

  /// The items of a deleted queue are nobody's any more.
  void forget(@Observes QueueGone gone) {
    for (Holding holding : holdings.values()) {
      if (holding.lease().queue().equals(gone.queue())) {
        Thread.ofVirtual().name("lease-end").start(() -> giveUp(holding));
      }
    }
  }

  private void giveUp(Holding holding) {
    holding.lock().lock();
    try {
      if (!holding.isEnded()) {
        lose(holding, true);
      }
    } finally {
      holding.lock().unlock();
    }
  }

  /// Before the slots are closed, which gives the items back.
  void stop(@Observes @Priority(100) ShutdownEvent event) {
    clock.shutdown();
    for (Holding holding : holdings.values()) {
      holding.lease().items().forEach(item -> eating.end(holding.span(item), Ending.LOST));
    }
  }
}
