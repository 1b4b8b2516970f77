package dev.multipod.consumer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;

/// What must hold of any queue when its work is done, whatever happened meanwhile: of what those
/// who worked heard, and of what a witness saw in Kafka. Each item's text is the key that it was
/// put with. Times are `System.nanoTime()` of the test, those of a [Sighting] Kafka's.
///
/// @param hits how often a fault may have struck what was in somebody's hands
/// @param inHand how many items can be in hands at once
record History(int maxsize, int maxDeliveries, Heard heard, Sighting seen, int hits, int inHand) {
  /// Begins the key of an item that whoever gets it gives back.
  static final String POISON = "poison";

  /// A put that was answered 201.
  record Put(String key, String id, long returned) {}

  /// What somebody who got an item wants of it.
  enum Wish {
    DONE,
    REJECT,
    RELEASE;

    private boolean finishes() {
      return this != RELEASE;
    }
  }

  /// What they heard when they said so.
  enum Outcome {
    CONFIRMED,
    /// It was somebody else's by then.
    LOST,
    /// Nobody can tell.
    UNKNOWN
  }

  /// An item in somebody's hands.
  ///
  /// @param asked when the get began
  /// @param ending when its end was first asked for
  /// @param ended when the answer to that was there
  record Execution(
      String id,
      String key,
      int deliveries,
      long asked,
      long ending,
      long ended,
      Wish wish,
      Outcome outcome) {
    private boolean isFinal() {
      return wish.finishes() && outcome == Outcome.CONFIRMED;
    }
  }

  /// A join that was answered 200.
  record Join(long asked, long returned) {}

  record Heard(List<Put> puts, List<Execution> executions, List<Join> joins) {
    private List<Execution> of(String id) {
      return executions.stream().filter(each -> each.id.equals(id)).toList();
    }
  }

  /// A record of the queue's topic.
  ///
  /// @param id its own, or of the item that it is put again
  /// @param admitted when; in milliseconds
  /// @param again whether a consumer put it, since the broker was about to drop it
  record Item(long offset, String id, String key, long admitted, boolean again) {}

  /// The taken notices of an offset.
  record Notices(long first, int count) {}

  record Letter(String id, String key, String reason, int handOuts) {}

  /// @param items by their offsets, rising
  record Sighting(List<Item> items, Map<Long, Notices> taken, List<Letter> letters) {
    private long copies(String id) {
      return items.stream().filter(item -> item.again && item.id.equals(id)).count();
    }

    private int handOuts(String id) {
      return items.stream()
          .filter(item -> item.id.equals(id))
          .mapToInt(item -> taken.getOrDefault(item.offset, new Notices(0, 0)).count)
          .sum();
    }

    private boolean hasLetter(String id) {
      return letters.stream().anyMatch(letter -> letter.id.equals(id));
    }
  }

  void check() {
    everyKeyIsOneItem();
    nothingIsLost();
    whatIsFinishedStaysSo();
    theBoundHolds();
    nobodyJoinedTooEarly();
    everyDeadLetterHasItsReason();
    onlyFaultsRepeatWork();
  }

  /// Q1: a key that was put again and again is one item, and no item is anything else.
  private void everyKeyIsOneItem() {
    Map<String, String> ids = new HashMap<>();
    for (Item item : seen.items) {
      if (!item.again) {
        assertEquals(null, ids.put(item.key, item.id), "Q1: one item for " + item.key);
      }
    }
    Set<String> accepted = new HashSet<>();
    for (Put put : heard.puts) {
      assertEquals(ids.get(put.key), put.id, () -> "Q1: the item of " + put);
      accepted.add(put.key);
    }
    assertEquals(accepted, ids.keySet(), "Q1: what was put is what is there");
    for (Execution each : heard.executions) {
      assertEquals(ids.get(each.key), each.id, () -> "Q1: the item of " + each);
    }
  }

  /// Q2: each item was ended by somebody who had it, as far as they know, or is a dead letter.
  private void nothingIsLost() {
    for (Put put : heard.puts) {
      boolean ended =
          heard.of(put.id).stream()
              .anyMatch(
                  each ->
                      each.isFinal() || (each.wish.finishes() && each.outcome == Outcome.UNKNOWN));
      assertTrue(
          ended || seen.hasLetter(put.id), () -> "Q2: lost " + put + " of " + heard.of(put.id));
    }
  }

  /// Q3: the end of an item is confirmed once, and nobody gets it afterwards. One that had to be
  /// put again may be there twice.
  private void whatIsFinishedStaysSo() {
    for (Execution end : heard.executions) {
      if (end.isFinal() && seen.copies(end.id) == 0) {
        for (Execution other : heard.of(end.id)) {
          assertTrue(
              other.equals(end) || (!other.isFinal() && other.asked < end.ended),
              () -> "Q3: " + other + " after " + end);
        }
      }
    }
  }

  /// Q4: whenever an item was admitted, fewer than `maxsize` before it waited for their first get.
  /// A notice that is not later than the admission may have made the place for it; so may the
  /// record that is put instead of an item.
  private void theBoundHolds() {
    if (maxsize == 0) {
      return;
    }
    Map<String, Long> replaced = new HashMap<>();
    for (Item item : seen.items) {
      if (item.again) {
        replaced.merge(item.id, item.admitted, Math::min);
      }
    }
    PriorityQueue<Long> waiting = new PriorityQueue<>();
    long now = 0;
    for (Item item : seen.items) {
      // The owner notes the time when it sends, and two sends may overtake each other.
      now = Math.max(now, item.admitted);
      if (item.again) {
        continue;
      }
      while (!waiting.isEmpty() && waiting.peek() <= now) {
        waiting.remove();
      }
      int before = waiting.size();
      assertTrue(before < maxsize, () -> "Q4: " + before + " waited when " + item + " came");
      long left = replaced.getOrDefault(item.id, Long.MAX_VALUE);
      waiting.add(Math.min(left, seen.taken.getOrDefault(item.offset, new Notices(left, 0)).first));
    }
  }

  /// Q5: who is told that all is done is told so after somebody began to say it of each item that
  /// was accepted before.
  private void nobodyJoinedTooEarly() {
    for (Join join : heard.joins) {
      for (Put put : heard.puts) {
        if (put.returned < join.asked && !isUsedUp(put.id)) {
          assertTrue(
              heard.of(put.id).stream()
                  .anyMatch(each -> each.wish.finishes() && each.ending < join.returned),
              () -> "Q5: " + join + " before anybody ended " + put);
        }
      }
    }
  }

  private boolean isUsedUp(String id) {
    return seen.letters.stream()
        .anyMatch(letter -> letter.id.equals(id) && letter.reason.equals("deliveries"));
  }

  /// Q6: an item is a dead letter when somebody rejected it, or when it was handed out as often as
  /// it may be and nobody finished it; each poison is one.
  private void everyDeadLetterHasItsReason() {
    Map<String, String> keys = new HashMap<>();
    seen.items.forEach(item -> keys.putIfAbsent(item.id, item.key));
    for (Letter letter : seen.letters) {
      assertEquals(keys.get(letter.id), letter.key, () -> "Q6: the item of " + letter);
      if (letter.reason.equals("rejected")) {
        assertTrue(
            heard.of(letter.id).stream().anyMatch(each -> each.wish == Wish.REJECT),
            () -> "Q6: nobody rejected " + letter);
      } else {
        assertTrue(
            letter.handOuts >= maxDeliveries && seen.handOuts(letter.id) >= maxDeliveries,
            () -> "Q6: handed out " + seen.handOuts(letter.id) + " times: " + letter);
        assertTrue(
            heard.of(letter.id).stream().noneMatch(Execution::isFinal)
                || seen.copies(letter.id) > 0,
            () -> "Q6: finished and dead: " + letter);
      }
    }
    for (Put put : heard.puts) {
      assertTrue(
          !put.key.startsWith(POISON) || isUsedUp(put.id), () -> "Q6: no dead letter: " + put);
    }
    for (Execution each : heard.executions) {
      assertTrue(each.deliveries <= maxDeliveries, () -> "Q6: too often: " + each);
    }
  }

  /// Q7: work is done in vain only when a fault struck it, and only what was in hand then.
  private void onlyFaultsRepeatWork() {
    List<Execution> vain =
        heard.executions.stream().filter(each -> each.outcome != Outcome.CONFIRMED).toList();
    assertTrue(
        vain.size() <= hits * inHand,
        () -> "Q7: in vain, with " + hits + " hits: " + vain.size() + " " + vain);
  }
}
