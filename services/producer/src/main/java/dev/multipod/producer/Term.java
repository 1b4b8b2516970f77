package dev.multipod.producer;

import dev.multipod.kit.input.IdempotencyKey;
import dev.multipod.queue.Broker;
import dev.multipod.queue.QueueDefinition;
import java.time.Duration;
import java.util.ArrayList;
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
  private final FencedProducer producer;
  private final Notices notices;
  private final ProducerSettings settings;
  private final ProducerMetrics metrics;
  private final Map<String, Admission> admissions = new ConcurrentHashMap<>();
  private final CountDownLatch over = new CountDownLatch(1);

  /// Fences, then reads. Blocks until the term can begin.
  ///
  /// @param queues all queues of the share
  Term(
      int share,
      Broker broker,
      ProducerSettings settings,
      ProducerMetrics metrics,
      Supplier<Collection<QueueDefinition>> queues)
      throws InterruptedException, ExecutionException {
    this.share = share;
    this.settings = settings;
    this.metrics = metrics;
    this.producer = new FencedProducer(broker, settings, share);
    Notices opened = null;
    try {
      opened = new Notices(broker, settings, share);
      for (QueueDefinition queue : queues.get()) {
        admissions.put(queue.name(), opened.admission(queue));
      }
    } catch (RuntimeException | InterruptedException | ExecutionException e) {
      producer.close();
      if (opened != null) {
        opened.close();
      }
      throw e;
    }
    this.notices = opened;
    admissions.values().forEach(metrics::follow);
    LOG.infof("event=term-begun share=%d queues=%d", share, admissions.size());
  }

  /// One round of the owner's own work. Called again and again, by one thread, until it says no.
  boolean work() throws InterruptedException, ExecutionException {
    if (over.getCount() == 0) {
      return false;
    }
    notices.follow(admissions, metrics);
    for (String topic : producer.renewIfOld()) {
      notices.marked(topic, admissions);
    }
    return over.getCount() > 0;
  }

  /// Puts an item, waiting for a place.
  ///
  /// @throws TermOver when the term ends first; the item may have been sent
  PutOutcome put(QueueDefinition queue, Item item, Patience patience)
      throws InterruptedException, TermOver {
    Admission admission = admission(queue);
    while (true) {
      Optional<Begun> begun = begin(admission, item, patience);
      if (begun.isEmpty()) {
        return new PutOutcome.Full();
      }
      Optional<PutOutcome> outcome = finish(begun.get(), patience);
      if (outcome.isPresent()) {
        return outcome.get();
      }
    }
  }

  /// Puts items in their order, up to the first that finds no place. The broker is sent the next
  /// ones before it has answered for the first.
  ///
  /// @return an outcome for each, the last one alone being other than `Admitted`
  /// @throws TermOver when the term ends first; items may have been sent
  List<PutOutcome> putAll(QueueDefinition queue, List<Item> items, Patience patience)
      throws InterruptedException, TermOver {
    Admission admission = admission(queue);
    List<Begun> begun = new ArrayList<>();
    for (Item item : items) {
      Optional<Begun> next = begin(admission, item, patience);
      if (next.isEmpty()) {
        break;
      }
      begun.add(next.get());
    }
    List<PutOutcome> outcomes = new ArrayList<>();
    for (Begun put : begun) {
      // Without an outcome an earlier put with this key ended without an item: this is the first.
      Optional<PutOutcome> outcome = finish(put, patience);
      outcomes.add(outcome.isPresent() ? outcome.get() : put(queue, put.item(), patience));
      if (!(outcomes.getLast() instanceof PutOutcome.Admitted)) {
        return outcomes;
      }
    }
    if (begun.size() < items.size()) {
      outcomes.add(new PutOutcome.Full());
    }
    return outcomes;
  }

  /// A put that was sent, by this call or by an earlier one with its key.
  private record Begun(Item item, CompletableFuture<Optional<Long>> offset, boolean earlier) {}

  /// Waits for a place and sends.
  ///
  /// @return empty when there was no place
  private Optional<Begun> begin(Admission admission, Item item, Patience patience)
      throws InterruptedException, TermOver {
    Keys.Put mine = new Keys.Put(item.fingerprint(), new CompletableFuture<>());
    Optional<Keys.Put> earlier = admission.keys().claim(item.key().value(), mine);
    if (earlier.isPresent()) {
      if (!earlier.get().fingerprint().equals(mine.fingerprint())) {
        throw IdempotencyKey.reused();
      }
      return Optional.of(new Begun(item, earlier.get().offset(), true));
    }
    Backlog backlog = admission.backlog();
    Backlog.Place place = backlog.ask();
    boolean reserved = false;
    try {
      reserved = reserved(place, patience);
    } finally {
      if (!reserved) {
        backlog.giveUp(place);
        admission.keys().withdraw(item.key().value(), mine);
      }
    }
    if (over.getCount() == 0) {
      throw new TermOver("before the item was sent");
    }
    if (!reserved) {
      return Optional.empty();
    }
    CompletableFuture<Long> sent =
        producer.send(item.record(admission.queue().name(), mine.fingerprint()));
    CompletableFuture<Optional<Long>> settled =
        sent.handle(
            (offset, failure) -> {
              if (failure == null) {
                backlog.admitted(offset);
                mine.offset().complete(Optional.of(offset));
                return Optional.of(offset);
              }
              failed(failure);
              return Optional.empty();
            });
    return Optional.of(new Begun(item, settled, false));
  }

  /// Waits for the broker's answer.
  ///
  /// @return empty when an earlier put ended without an item
  private Optional<PutOutcome> finish(Begun put, Patience patience)
      throws InterruptedException, TermOver {
    // An earlier put with this key may itself be waiting for a place.
    Duration time =
        put.earlier() ? patience.left() : settings.sendTimeout().plus(Duration.ofMillis(500));
    Optional<Optional<Long>> offset = await(put.offset(), time.toMillis());
    if (offset.isEmpty()) {
      return Optional.of(new PutOutcome.Unknown());
    }
    if (offset.get().isEmpty() && !put.earlier()) {
      throw new TermOver("while the item was sent");
    }
    return offset.get().map(at -> new PutOutcome.Admitted(at, put.earlier()));
  }

  private static boolean reserved(Backlog.Place place, Patience patience)
      throws InterruptedException {
    while (true) {
      long left = patience.left().toMillis();
      try {
        return place.reserved().get(Math.min(left, LOOK_MILLIS), TimeUnit.MILLISECONDS);
      } catch (TimeoutException e) {
        if (left == 0 || patience.gone().getAsBoolean()) {
          return false;
        }
      } catch (ExecutionException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  /// The answer; empty when it did not come in time.
  private <T> Optional<T> await(CompletableFuture<T> answer, long millis)
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
    Admission known = admissions.get(queue.name());
    if (known != null) {
      return known;
    }
    CompletableFuture<Admission> coming = notices.adopt(queue);
    return await(coming, settings.sendTimeout().toMillis())
        .orElseThrow(() -> new TermOver("while the queue was read"));
  }

  private void failed(Throwable failure) {
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
