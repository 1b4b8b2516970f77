package dev.multipod.producer;

import dev.multipod.kit.input.IdempotencyKey;
import dev.multipod.queue.ItemHeaders;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// How a term puts items: a place first, then the item, then the broker's word.
final class Puts {
  private static final long LOOK_MILLIS = 200;

  /// How many items of one call are at most on their way: more fill the memory and save no time.
  private static final int ON_THEIR_WAY = 1000;

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
  List<PutOutcome> putAll(Admission admission, List<Item> items, Patience patience)
      throws InterruptedException, TermOver {
    List<PutOutcome> outcomes = new ArrayList<>(items.size());
    Deque<Begun> sent = new ArrayDeque<>();
    boolean full = false;
    for (Item item : items) {
      if (sent.size() == ON_THEIR_WAY) {
        if (!finish(admission, sent, ON_THEIR_WAY / 2, patience, outcomes)) {
          return outcomes;
        }
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
    if (finish(admission, sent, sent.size(), patience, outcomes) && full) {
      outcomes.add(new PutOutcome.Full());
    }
    return outcomes;
  }

  /// Waits for the first ones.
  ///
  /// @return whether all of them were admitted
  private boolean finish(
      Admission admission,
      Deque<Begun> sent,
      int some,
      Patience patience,
      List<PutOutcome> outcomes)
      throws InterruptedException, TermOver {
    for (int nth = 0; nth < some; nth++) {
      Begun put = sent.remove();
      // Without an outcome an earlier put with this key ended without an item: this is the first.
      Optional<PutOutcome> outcome = finish(put, patience);
      outcomes.add(outcome.isPresent() ? outcome.get() : put(admission, put.item(), patience));
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
    long key = LastKeys.print(item.key().value());
    String fingerprint = item.fingerprint();
    Keys.Put mine = new Keys.Put(LastKeys.print(fingerprint), new CompletableFuture<>());
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
    CompletableFuture<Long> sent =
        producer.send(item.record(admission.queue(), fingerprint), backlog::isOver);
    CompletableFuture<Optional<Long>> settled =
        sent.handle(
            (offset, failure) -> {
              if (failure == null) {
                backlog.admitted(offset);
                item.header(ItemHeaders.REDRIVE).ifPresent(admission.redrives()::count);
                admission.keys().done(key, mine, offset);
                return Optional.of(offset);
              }
              if (failure instanceof FencedProducer.Closed) {
                backlog.giveUp(place);
                admission.keys().withdraw(key, mine);
              } else {
                term.failed(failure);
              }
              return Optional.empty();
            });
    return Optional.of(new Begun(admission, item, settled, false));
  }

  /// Waits for the broker's answer.
  ///
  /// @return empty when an earlier put ended without an item
  private Optional<PutOutcome> finish(Begun put, Patience patience)
      throws InterruptedException, TermOver {
    // An earlier put with this key may itself be waiting for a place.
    Duration time =
        put.earlier() ? patience.left() : settings.sendTimeout().plus(Duration.ofMillis(500));
    Optional<Optional<Long>> offset = term.await(put.offset(), time.toMillis());
    if (offset.isEmpty()) {
      return Optional.of(new PutOutcome.Unknown());
    }
    if (offset.get().isEmpty() && !put.earlier()) {
      if (!term.isOver()) {
        term.requireOpen(put.admission());
      }
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
}
