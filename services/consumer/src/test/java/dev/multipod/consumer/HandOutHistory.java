package dev.multipod.consumer;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;

/// What callers saw of a queue whose items are the numbers from 0 in the order of their acceptance:
/// which were handed out together, and when it was asked that one be finished.
final class HandOutHistory {
  private record HandOut(Set<Integer> items, long answered) {}

  private final Queue<HandOut> handOuts = new ConcurrentLinkedQueue<>();
  private final Map<Integer, Long> finishing = new ConcurrentHashMap<>();

  /// A lease is in the hands of its taker now.
  void handedOut(Collection<Integer> items) {
    handOuts.add(new HandOut(new TreeSet<>(items), System.nanoTime()));
  }

  /// Somebody is about to ask that an item be finished; it may be from now on.
  void finishing(int item) {
    finishing.merge(item, System.nanoTime(), Math::min);
  }

  int handOuts() {
    return handOuts.size();
  }

  /// Hand-outs of items that began while an earlier one, which was not of the same lease, could not
  /// have been finished.
  ///
  /// @param dead items that ended without a taker, nobody saw when
  List<String> violations(Set<Integer> dead) {
    List<String> violations = new ArrayList<>();
    for (HandOut each : handOuts) {
      int last = each.items.stream().mapToInt(Integer::intValue).max().orElse(0);
      for (int earlier = 0; earlier < last; earlier++) {
        boolean finished = finishing.getOrDefault(earlier, Long.MAX_VALUE) <= each.answered;
        if (!each.items.contains(earlier) && !finished && !dead.contains(earlier)) {
          violations.add("%s were handed out before %d was done".formatted(each.items, earlier));
        }
      }
    }
    return violations;
  }

  /// Every item that was handed out.
  Set<Integer> seen() {
    Set<Integer> seen = new HashSet<>();
    handOuts.forEach(each -> seen.addAll(each.items));
    return seen;
  }
}
