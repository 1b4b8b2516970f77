package dev.multipod.producer;

import dev.multipod.kit.wait.Signal;
import dev.multipod.queue.Broker;
import dev.multipod.queue.Directory;
import dev.multipod.queue.QueueDefinition;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jboss.logging.Logger;

/// The tenure of this replica as the one that admits to the queues of one share: from the fencing
/// of the owner before it until it is itself replaced, or in any doubt. After doubt nothing is
/// repaired: the next term reads from the broker what is true.
final class Term implements AutoCloseable {
  private static final Logger LOG = Logger.getLogger(Term.class);
  private static final long LOOK_MILLIS = 200;

  private final int share;
  private final Directory directory;
  private final FencedProducer producer;
  private final Notices notices;
  private final Markers markers;
  private final Puts puts;
  private final ProducerSettings settings;
  private final ProducerMetrics metrics;
  // By place: a queue that is created under the name of a deleted one is another.
  private final Map<String, Admission> admissions = new ConcurrentHashMap<>();
  // Of deleted queues, until their last puts have ended: see #drop.
  private final Map<String, Backlog> leaving = new ConcurrentHashMap<>();
  private final Signal worked = new Signal();
  private final CountDownLatch over = new CountDownLatch(1);

  /// Fences, then reads. Blocks until the term can begin.
  ///
  /// @param queues all queues of the share
  Term(
      int share,
      Broker broker,
      Directory directory,
      ProducerSettings settings,
      ProducerMetrics metrics,
      Supplier<Collection<QueueDefinition>> queues)
      throws InterruptedException, ExecutionException {
    this.share = share;
    this.directory = directory;
    this.settings = settings;
    this.metrics = metrics;
    this.markers = new Markers(broker, settings);
    this.producer = new FencedProducer(broker, settings, share);
    Notices opened = null;
    try {
      opened = new Notices(broker, directory, settings, share);
      for (QueueDefinition queue : queues.get()) {
        admissions.put(queue.place(), opened.admission(queue));
      }
    } catch (RuntimeException | InterruptedException | ExecutionException e) {
      producer.close();
      if (opened != null) {
        opened.close();
      }
      throw e;
    }
    this.notices = opened;
    this.puts = new Puts(this, producer, settings);
    admissions.values().forEach(metrics::follow);
    LOG.infof("event=term-begun share=%d queues=%d", share, admissions.size());
  }

  /// One round of the owner's own work. Called again and again, by one thread, until it says no.
  boolean work() throws InterruptedException, ExecutionException {
    if (over.getCount() == 0) {
      return false;
    }
    dropDeleted();
    notices.follow(admissions, metrics);
    markers.follow(producer.renewIfOld(), admissions.values());
    worked.raise();
    return over.getCount() > 0;
  }

  /// Puts an item, waiting for a place.
  ///
  /// @throws TermOver when the term ends first; the item may have been sent
  /// @throws dev.multipod.kit.problem.Problem 404 `queue-unknown` when the queue is deleted first
  PutOutcome put(QueueDefinition queue, Item item, Patience patience)
      throws InterruptedException, TermOver {
    return puts.put(admission(queue), item, patience);
  }

  /// Puts items in their order, up to the first that finds no place.
  ///
  /// @return an outcome for each, the last one alone being other than `Admitted`
  /// @throws TermOver when the term ends first; items may have been sent
  /// @throws dev.multipod.kit.problem.Problem 404 `queue-unknown` when the queue is deleted first
  List<PutOutcome> putAll(QueueDefinition queue, List<Item> items, Patience patience)
      throws InterruptedException, TermOver {
    return puts.putAll(admission(queue), items, patience);
  }

  /// The answer; empty when it did not come in time.
  <T> Optional<T> await(CompletableFuture<T> answer, long millis)
      throws InterruptedException, TermOver {
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    while (true) {
      try {
        return Optional.of(answer.get(LOOK_MILLIS, TimeUnit.MILLISECONDS));
      } catch (TimeoutException e) {
        if (over.getCount() == 0 && !answer.isDone()) {
          throw new TermOver("while the broker was asked");
        }
        if (System.nanoTime() > deadline) {
          return Optional.empty();
        }
      } catch (ExecutionException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  /// What was put before this call is at the broker when it returns.
  void flush() {
    producer.flush();
  }

  /// What the owner knows of a queue; of a new one, after reading it.
  Admission admission(QueueDefinition queue) throws InterruptedException, TermOver {
    Admission known = admissions.get(queue.place());
    if (known != null) {
      return known;
    }
    CompletableFuture<Optional<Admission>> coming = notices.adopt(queue);
    return await(coming, settings.sendTimeout().toMillis())
        .orElseThrow(() -> new TermOver("while the queue was read"))
        .orElseThrow(() -> Directory.unknown(queue.name()));
  }

  /// @throws dev.multipod.kit.problem.Problem 404 `queue-unknown` when the queue was deleted
  void requireOpen(Admission admission) {
    if (admission.backlog().isOver() && over.getCount() > 0) {
      throw Directory.unknown(admission.queue().name());
    }
  }

  private void dropDeleted() {
    for (Admission admission : List.copyOf(admissions.values())) {
      if (!directory.isCurrent(admission.queue())) {
        admission.backlog().end();
        leaving.put(admission.queue().place(), admission.backlog());
        admissions.remove(admission.queue().place());
        metrics.unfollow(admission);
        notices.forget(admission.queue());
      }
    }
  }

  /// Returns when nothing is sent any more to a queue of which the directory says that it was
  /// deleted. Those who wait for a place in it are told.
  void drop(QueueDefinition queue) throws InterruptedException, TermOver {
    long deadline = System.nanoTime() + 2 * settings.sendTimeout().toNanos();
    // One round may have begun before the directory knew.
    long rounds = worked.version() + 2;
    while (worked.version() < rounds || isSending(queue)) {
      if (over.getCount() == 0 || System.nanoTime() > deadline) {
        throw new TermOver("while its last puts were waited for");
      }
      worked.awaitChange(worked.version(), Duration.ofMillis(LOOK_MILLIS));
    }
    leaving.remove(queue.place());
  }

  private boolean isSending(QueueDefinition queue) {
    Backlog last = leaving.get(queue.place());
    return last != null && last.sending() > 0;
  }

  /// Does something while nothing can be put into the queues of this share.
  void quietly(FencedProducer.Quiet action) throws InterruptedException, ExecutionException {
    producer.quietly(action);
  }

  /// A send failed: the term is in doubt.
  void failed(Throwable failure) {
    if (FencedProducer.isFenced(failure)) {
      metrics.fenced();
    }
    LOG.warnf("event=term-broken share=%d cause=%s", share, failure);
    end();
  }

  /// Admits nothing more. Callers in line are told to ask the next owner.
  void end() {
    over.countDown();
    admissions.values().forEach(admission -> admission.backlog().end());
  }

  boolean isOver() {
    return over.getCount() == 0;
  }

  /// By the thread that calls [#work].
  @Override
  public void close() {
    end();
    admissions.values().forEach(metrics::unfollow);
    producer.close();
    notices.close();
    LOG.infof("event=term-ended share=%d", share);
  }
}
