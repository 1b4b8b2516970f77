package dev.multipod.consumer;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// Who has how many items in hand, for a [Storm] that aims at them.
final class Hands {
  /// A lease, by the consumer that gave it. Each is one, however alike.
  static final class Hand {
    private final int consumer;
    private final int items;

    private Hand(int consumer, int items) {
      this.consumer = consumer;
      this.items = items;
    }
  }

  private final Set<Hand> hands = ConcurrentHashMap.newKeySet();

  Hand take(int consumer, int items) {
    Hand hand = new Hand(consumer, items);
    hands.add(hand);
    return hand;
  }

  void drop(Hand hand) {
    hands.remove(hand);
  }

  /// The consumers that have given a lease on at least so many items, and at most.
  List<Integer> consumersOf(int least, int most) {
    List<Integer> consumers = new ArrayList<>();
    for (Hand hand : hands) {
      if (hand.items >= least && hand.items <= most) {
        consumers.add(hand.consumer);
      }
    }
    return consumers;
  }
}
