package dev.multipod.consumer;

import dev.multipod.consumer.Members.Member;
import dev.multipod.queue.Broker;
import dev.multipod.queue.Lag;
import dev.multipod.queue.QueueDefinition;
import dev.multipod.queue.QueueGone;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;

/// What may be handed out of a queue whose order is fifo: the earliest item that is not finished,
/// and those that follow it without a gap. A share group gives other consumers what comes after an
/// item that somebody holds; so every acquired item is checked, and who holds the earliest one
/// holds, by the broker's lock on it, the queue. See docs/adr/0007.
///
/// That all before an item are finished is known from the broker alone: it confirmed the ends, or
/// its start of the group is there. Either, once true, stays true; so what a replica knows may be
/// old, and never wrong.
@ApplicationScoped
class InOrder {
  private static final Logger LOG = Logger.getLogger(InOrder.class);

  /// How long another member of the group is given to leave it, or to give back what it has.
  private static final Duration FIRST = Duration.ofMillis(500);

  private static final Duration LOOK = Duration.ofMillis(100);
  private static final int MOST_DOUBLINGS = 10;

  /// A queue as this replica knows it.
  private static final class Line {
    private final ReentrantLock lock = new ReentrantLock();
    // Everything before it is finished.
    private long floor;
    // Finished offsets beyond it. At most a batch that was finished out of order.
    private final TreeSet<Long> ahead = new TreeSet<>();
    // Members of the group that held nothing when this replica had the earliest item: dead ones,
    // until the broker has noticed.
    private Set<String> idle = Set.of();
    // Others may hold the earliest item; it was tried so often since, in vain, and last then.
    private boolean contested;
    private int tries;
    private long last;
    private boolean sawOthers;

    private void contest(int triesUntilNow) {
      if (!contested) {
        contested = true;
        tries = triesUntilNow;
      } else {
        tries += triesUntilNow;
      }
      last = System.nanoTime();
    }

    private void advance(long start) {
      floor = Math.max(floor, start);
      ahead.headSet(floor).clear();
      while (ahead.remove(floor)) {
        floor++;
      }
    }
  }

  private final Broker broker;
  private final Members members;
  private final Map<QueueDefinition, Line> lines = new ConcurrentHashMap<>();

  InOrder(Broker broker, Members members) {
    this.broker = broker;
    this.members = members;
  }

  /// The broker has confirmed that items are finished.
  void finished(QueueDefinition queue, List<Long> offsets) {
    // Nothing is asked about a queue of which nothing was got.
    Line line = lines.get(queue);
    if (line != null) {
      line.lock.lock();
      try {
        line.ahead.addAll(offsets);
        line.advance(line.floor);
      } finally {
        line.lock.unlock();
      }
    }
  }

  /// How many of the items, which this replica has acquired, may be handed out: the first ones.
  ///
  /// @param offsets ascending
  int leading(QueueDefinition queue, List<Long> offsets) throws InterruptedException {
    Line line = line(queue);
    line.lock.lock();
    try {
      int leading = leading(line, offsets);
      if (leading < offsets.size()) {
        line.advance(start(queue));
        leading = leading(line, offsets);
      }
      if (leading > 0 && line.contested) {
        line.contested = false;
        line.tries = 0;
        line.idle = ids(members.others(queue));
      }
      return leading;
    } finally {
      line.lock.unlock();
    }
  }

  private static int leading(Line line, List<Long> offsets) {
    long next = line.floor;
    int leading = 0;
    for (long offset : offsets) {
      while (line.ahead.contains(next)) {
        next++;
      }
      if (offset > next) {
        break;
      }
      next = offset + 1;
      leading++;
    }
    return leading;
  }

  /// What this replica had acquired was not the earliest item, and was given back. With that the
  /// broker has written down how far the queue is finished, which it does a moment late otherwise:
  /// when that is all before the item, it may be acquired again at once.
  ///
  /// @return whether it may
  boolean outOfTurn(QueueDefinition queue, long offset) throws InterruptedException {
    Line line = line(queue);
    line.lock.lock();
    try {
      line.advance(start(queue));
      if (line.floor < offset) {
        line.contest(1);
        LOG.infof(
            "event=not-in-turn queue=%s offset=%d finished-before=%d tries=%d",
            queue.name(), offset, line.floor, line.tries);
        return false;
      }
      return true;
    } finally {
      line.lock.unlock();
    }
  }

  /// Waits until this replica should ask for the earliest item: whoever asks while another has it
  /// gets a later one, which the broker counts as a delivery. While another process that is a
  /// member of the group answers, it has the queue. One that does not is given time: a killed one
  /// stays a member for a while, a stopped one has its item for a lease.
  ///
  /// @return false when the caller's time is over before
  boolean await(QueueDefinition queue, long deadline, BooleanSupplier stop)
      throws InterruptedException {
    while (!stop.getAsBoolean()) {
      if (isDue(queue)) {
        return true;
      }
      if (System.nanoTime() - deadline > 0) {
        return false;
      }
      Thread.sleep(LOOK);
    }
    return false;
  }

  private boolean isDue(QueueDefinition queue) throws InterruptedException {
    Line line = line(queue);
    line.lock.lock();
    try {
      List<Member> others =
          members.others(queue).stream().filter(each -> !line.idle.contains(each.id())).toList();
      if (others.isEmpty() && (!line.contested || line.sawOthers)) {
        line.sawOthers = false;
        return true;
      }
      line.sawOthers |= !others.isEmpty();
      if (!line.contested) {
        line.contest(0);
      }
      if (System.nanoTime() - line.last < pause(queue, line.tries).toNanos()) {
        return false;
      }
      line.last = System.nanoTime();
      if (isAnyAlive(others)) {
        line.tries = 0;
        return false;
      }
      return true;
    } finally {
      line.lock.unlock();
    }
  }

  private boolean isAnyAlive(List<Member> others) throws InterruptedException {
    for (Member other : others) {
      if (members.isAlive(other)) {
        return true;
      }
    }
    return false;
  }

  private static Duration pause(QueueDefinition queue, int tries) {
    return tries < 2
        ? FIRST.multipliedBy(1L + tries)
        : queue.lease().multipliedBy(1L << Math.min(tries - 2, MOST_DOUBLINGS));
  }

  private long start(QueueDefinition queue) throws InterruptedException {
    try {
      return Lag.of(broker, queue).map(Lag::start).orElse(0L);
    } catch (ExecutionException e) {
      throw Broker.away(e);
    }
  }

  private static Set<String> ids(List<Member> members) {
    return members.stream().map(Member::id).collect(Collectors.toSet());
  }

  private Line line(QueueDefinition queue) {
    return lines.computeIfAbsent(queue, _ -> new Line());
  }

  void forget(@Observes QueueGone gone) {
    lines.remove(gone.queue());
  }
}
