package dev.multipod.consumer;

import dev.multipod.kit.problem.Problem;
import dev.multipod.queue.Broker;
import dev.multipod.queue.QueueDefinition;
import dev.multipod.queue.QueueGone;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.ShutdownEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.jboss.logging.Logger;

/// The share consumers of this replica: at most `slots`, an idle one kept a moment for the next
/// caller of its queue. One that goes on fetching is kept only as long as a caller needs to ask
/// again: an item that it gets has to be given back, which the broker counts as a delivery.
@ApplicationScoped
class Slots {
  private static final Duration FETCHING = Duration.ofMillis(50);
  private static final Duration STEP = Duration.ofMillis(25);

  private record Idle(Slot slot, long until) {}

  private static final Logger LOG = Logger.getLogger(Slots.class);

  private final Broker broker;
  private final InOrder inOrder;
  private final Members members;
  private final ConsumerSettings settings;
  private final Semaphore places;
  private final ReentrantLock lock = new ReentrantLock();
  private final Deque<Idle> idle = new ArrayDeque<>();
  private final List<Slot> open = new ArrayList<>();
  private final OnlySlot only = new OnlySlot();
  private final ScheduledExecutorService clock =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("slots").factory());
  private boolean stopped;

  Slots(
      Broker broker,
      InOrder inOrder,
      Members members,
      ConsumerSettings settings,
      MeterRegistry metrics) {
    this.broker = broker;
    this.inOrder = inOrder;
    this.members = members;
    this.settings = settings;
    this.places = new Semaphore(settings.slots(), true);
    Gauge.builder(
            "multipod.consumer.slots.busy",
            places,
            free -> settings.slots() - free.availablePermits())
        .register(metrics);
    Gauge.builder("multipod.consumer.slots", settings, ConsumerSettings::slots).register(metrics);
    long step = STEP.toMillis();
    var _ = clock.scheduleWithFixedDelay(this::closeIdle, step, step, TimeUnit.MILLISECONDS);
  }

  /// A slot for a queue, waiting for a free one in the order of the calls.
  ///
  /// @param most how many items it takes at once
  /// @param stop whether to wait no longer
  /// @return empty when it is not this caller's turn at a fifo queue
  /// @throws Problem 503 `slots-busy`
  Optional<Slot> take(QueueDefinition queue, int most, Duration atMost, BooleanSupplier stop)
      throws InterruptedException {
    return queue.isFifo()
        ? takeOnly(queue, most, System.nanoTime() + atMost.toNanos(), stop)
        : take(queue, most, atMost);
  }

  private Optional<Slot> takeOnly(
      QueueDefinition queue, int most, long deadline, BooleanSupplier stop)
      throws InterruptedException {
    if (!only.take(queue, deadline, stop)) {
      return Optional.empty();
    }
    Optional<Slot> slot = Optional.empty();
    try {
      closeOthers(queue, most);
      if (hasIdle(queue) || inOrder.await(queue, deadline, stop)) {
        long left = Math.max(0, deadline - System.nanoTime());
        slot = take(queue, most, Duration.ofNanos(left));
      }
      return slot;
    } finally {
      if (slot.isEmpty()) {
        only.free(queue);
      }
    }
  }

  private boolean hasIdle(QueueDefinition queue) {
    lock.lock();
    try {
      return idle.stream().anyMatch(one -> one.slot.queue().equals(queue));
    } finally {
      lock.unlock();
    }
  }

  /// Closes the idle slot of a fifo queue if it does not take as many items at once as are wanted.
  private void closeOthers(QueueDefinition queue, int most) {
    List<Slot> others = new ArrayList<>();
    lock.lock();
    try {
      idle.removeIf(
          one -> one.slot.queue().equals(queue) && one.slot.most() != most && others.add(one.slot));
      open.removeAll(others);
    } finally {
      lock.unlock();
    }
    others.forEach(Slot::close);
  }

  private Optional<Slot> take(QueueDefinition queue, int most, Duration atMost)
      throws InterruptedException {
    if (!places.tryAcquire(atMost.toNanos(), TimeUnit.NANOSECONDS)) {
      throw busy();
    }
    boolean taken = false;
    try {
      Optional<Slot> slot = idleOne(queue, most);
      if (slot.isEmpty()) {
        makeRoom();
        slot = Optional.of(open(queue, most));
      }
      taken = true;
      return slot;
    } finally {
      if (!taken) {
        places.release();
      }
    }
  }

  boolean areAllInUse() {
    return places.availablePermits() == 0;
  }

  /// The problem of whoever found none free in time.
  Problem busy() {
    return Problem.of(
            503,
            "slots-busy",
            "All slots are in use here",
            "This replica has %d leases and loops at work, multipod.consumer.slots, and could not look for an item. Retry, end a lease, or run more replicas."
                .formatted(settings.slots()))
        .with("limit", settings.slots())
        .retryAfter(Duration.ofSeconds(1));
  }

  /// The slot holds nothing any more.
  void giveBack(Slot slot) {
    if (slot.queue().isFifo() && slot.hasReleased()) {
      discard(slot);
      return;
    }
    Duration keep = settings.idle();
    if (slot.isFetching() && keep.compareTo(FETCHING) > 0) {
      keep = FETCHING;
    }
    lock.lock();
    try {
      idle.addFirst(new Idle(slot, System.nanoTime() + keep.toNanos()));
    } finally {
      lock.unlock();
    }
    places.release();
    only.free(slot.queue());
  }

  /// The slot cannot be trusted any more.
  void discard(Slot slot) {
    places.release();
    close(slot);
  }

  /// Nobody asks for a deleted queue again.
  void forget(@Observes QueueGone gone) {
    List<Slot> old = new ArrayList<>();
    lock.lock();
    try {
      idle.removeIf(one -> one.slot.queue().equals(gone.queue()) && old.add(one.slot));
    } finally {
      lock.unlock();
    }
    only.forget(gone.queue());
    old.forEach(this::close);
  }

  /// Last of all: gives back every item, all at once.
  void stop(@Observes ShutdownEvent event) {
    List<Slot> all;
    lock.lock();
    try {
      stopped = true;
      all = List.copyOf(open);
    } finally {
      lock.unlock();
    }
    clock.shutdown();
    LOG.infof("event=slots-closing slots=%d", all.size());
    try (var closing = Executors.newVirtualThreadPerTaskExecutor()) {
      all.forEach(slot -> closing.execute(slot::close));
    }
  }

  private Optional<Slot> idleOne(QueueDefinition queue, int most) {
    lock.lock();
    try {
      Iterator<Idle> each = idle.iterator();
      while (each.hasNext()) {
        Slot slot = each.next().slot;
        if (slot.queue().equals(queue) && slot.most() == most) {
          each.remove();
          return Optional.of(slot);
        }
      }
      return Optional.empty();
    } finally {
      lock.unlock();
    }
  }

  /// An idle consumer of another queue goes before a new one comes.
  private void makeRoom() {
    Optional<Slot> oldest = Optional.empty();
    lock.lock();
    try {
      if (open.size() >= settings.slots() && !idle.isEmpty()) {
        oldest = oldestIdle();
      }
    } finally {
      lock.unlock();
    }
    oldest.ifPresent(this::close);
  }

  /// The lock is held.
  private Optional<Slot> oldestIdle() {
    Iterator<Idle> oldestFirst = idle.descendingIterator();
    while (oldestFirst.hasNext()) {
      Slot slot = oldestFirst.next().slot;
      if (only.tryTake(slot.queue())) {
        oldestFirst.remove();
        return Optional.of(slot);
      }
    }
    return Optional.empty();
  }

  private Slot open(QueueDefinition queue, int most) {
    int bytes = Math.toIntExact(settings.batchSize().asLongValue());
    Slot slot =
        new Slot(broker, queue, members.newClientId(), inOrder, most, bytes, settings.ackTimeout());
    boolean late;
    lock.lock();
    try {
      late = stopped;
      open.add(slot);
    } finally {
      lock.unlock();
    }
    if (late) {
      close(slot);
    }
    return slot;
  }

  private void close(Slot slot) {
    lock.lock();
    try {
      open.remove(slot);
    } finally {
      lock.unlock();
    }
    Thread.ofVirtual()
        .name("slot-close")
        .start(
            () -> {
              slot.close();
              only.free(slot.queue());
            });
  }

  private void closeIdle() {
    List<Slot> old = new ArrayList<>();
    lock.lock();
    try {
      long now = System.nanoTime();
      Iterator<Idle> each = idle.iterator();
      while (each.hasNext()) {
        Idle one = each.next();
        if (now - one.until > 0 && only.tryTake(one.slot.queue())) {
          each.remove();
          old.add(one.slot);
        }
      }
    } finally {
      lock.unlock();
    }
    old.forEach(this::close);
  }
}
