package dev.multipod.producer;

import dev.multipod.kit.input.IdempotencyKey;
import dev.multipod.queue.ItemHeaders;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// How a term puts items: a place first, then the item, then the broker's word.
final class Puts {
  private static final long LOOK_MILLIS = 200;

  /// Of one call at most two parts are on their way: more fill the memory and save no time.
  private static final int PART = 500;

  /// Kafka's client says first that the broker does not answer.
  private static final Duration LATER = Duration.ofMillis(500);

  private final Term term;
  private final FencedProducer producer;
  private final ProducerSettings settings;

  Puts(Term term, FencedProducer producer, ProducerSettings settings) {
    this.term = term;
    this.producer = producer;
    this.settings = settings;
  }

  /// Puts an item, waiting for a place.
  ///
  /// @throws TermOver when the term ends first; the item may have been sent
  PutOutcome put(Admission admission, Item item, Patience patience)
      throws InterruptedException, TermOver {
    while (true) {
      Optional<Begun> begun = begin(admission, item, patience);
      if (begun.isEmpty()) {
        return new PutOutcome.Full();
      }
      Optional<PutOutcome> outcome = finish(begun.get(), patience, sendDeadline());
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
  List<PutOutcome> putAll(Admission admission, List<Item> items, Patience patience)
      throws InterruptedException, TermOver {
    List<PutOutcome> outcomes = new ArrayList<>(items.size());
    List<Begun> before = List.of();
    List<Begun> sent = new ArrayList<>(PART);
    boolean full = false;
    for (Item item : items) {
      if (sent.size() == PART) {
        if (!finish(before, patience, outcomes)) {
          return outcomes;
        }
        before = sent;
        sent = new ArrayList<>(PART);
        if (patience.gone().getAsBoolean()) {
          full = true;
          break;
        }
      }
      Optional<Begun> next = begin(admission, item, patience);
      if (next.isEmpty()) {
        full = true;
        break;
      }
      sent.add(next.get());
    }
    if (finish(before, patience, outcomes) && finish(sent, patience, outcomes) && full) {
      outcomes.add(new PutOutcome.Full());
    }
    return outcomes;
  }

  /// Waits for a part of a call.
  ///
  /// @return whether all of it was admitted
  private boolean finish(List<Begun> part, Patience patience, List<PutOutcome> outcomes)
      throws InterruptedException, TermOver {
    long deadline = sendDeadline();
    if (!part.isEmpty()) {
      // The broker answers in order: then one wait serves all, and each is only looked at.
      var _ = finish(part.getLast(), patience, deadline);
    }
    for (Begun put : part) {
      // Without an outcome an earlier put with this key ended without an item: this is the first.
      Optional<PutOutcome> outcome = finish(put, patience, deadline);
      outcomes.add(
          outcome.isPresent() ? outcome.get() : put(put.admission(), put.item(), patience));
      if (!(outcomes.getLast() instanceof PutOutcome.Admitted)) {
        return false;
      }
    }
    return true;
  }

  /// A put that was sent, by this call or by an earlier one with its key.
  private record Begun(
      Admission admission, Item item, CompletableFuture<Optional<Long>> offset, boolean earlier) {}

  /// Waits for a place and sends.
  ///
  /// @return empty when there was no place
  private Optional<Begun> begin(Admission admission, Item item, Patience patience)
      throws InterruptedException, TermOver {
    long key = Print.of(item.key().value());
    Keys.Put mine = new Keys.Put(item.fingerprint(), new CompletableFuture<>());
    Optional<Keys.Put> earlier = admission.keys().claim(key, mine);
    if (earlier.isPresent()) {
      if (earlier.get().fingerprint() != mine.fingerprint()) {
        throw IdempotencyKey.reused();
      }
      return Optional.of(new Begun(admission, item, earlier.get().offset(), true));
    }
    Backlog backlog = admission.backlog();
    Backlog.Place place = backlog.ask();
    boolean reserved = false;
    try {
      reserved = reserved(place, patience);
    } finally {
      if (!reserved) {
        backlog.giveUp(place);
        admission.keys().withdraw(key, mine);
      }
    }
    if (term.isOver()) {
      throw new TermOver("before the item was sent");
    }
    if (!reserved) {
      term.requireOpen(admission);
      return Optional.empty();
    }
    producer.send(
        item.record(admission.queue()),
        backlog::isOver,
        new FencedProducer.Sent() {
          @Override
          public void at(long offset) {
            backlog.admitted(offset);
            item.header(ItemHeaders.REDRIVE).ifPresent(admission.redrives()::count);
            admission.keys().done(key, mine, offset);
          }

          @Override
          public void failed(Exception failure) {
            if (mine.offset().isDone()) {
              return;
            }
            if (failure instanceof FencedProducer.Closed) {
              backlog.giveUp(place);
              admission.keys().withdraw(key, mine);
            } else {
              // The key stays with it: whether the item is there is for the next term to read.
              term.failed(failure);
              mine.offset().complete(Optional.empty());
            }
          }
        });
    return Optional.of(new Begun(admission, item, mine.offset(), false));
  }

  /// When the broker should have answered what was sent until now, as [System#nanoTime].
  private long sendDeadline() {
    return System.nanoTime() + settings.sendTimeout().toNanos() + LATER.toNanos();
  }

  /// Waits for the broker's answer.
  ///
  /// @param deadline of the broker's answer
  /// @return empty when an earlier put ended without an item
  private Optional<PutOutcome> finish(Begun put, Patience patience, long deadline)
      throws InterruptedException, TermOver {
    // An earlier put with this key may itself be waiting for a place.
    Duration time =
        put.earlier() ? patience.left() : Duration.ofNanos(deadline - System.nanoTime());
    Optional<Optional<Long>> offset = term.await(put.offset(), time.toMillis());
    if (offset.isEmpty()) {
      return Optional.of(new PutOutcome.Unknown());
    }
    if (offset.get().isEmpty()) {
      if (term.isOver()) {
        throw new TermOver("while the item was sent");
      }
      if (!put.earlier()) {
        term.requireOpen(put.admission());
        throw new TermOver("while the item was sent");
      }
    }
    return offset.get().map(at -> new PutOutcome.Admitted(at, put.earlier()));
  }

  private static boolean reserved(Backlog.Place place, Patience patience)
      throws InterruptedException {
    if (place.reserved().isDone()) {
      return place.reserved().join();
    }
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
}
