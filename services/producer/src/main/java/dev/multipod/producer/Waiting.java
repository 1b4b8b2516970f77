package dev.multipod.producer;

import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;

/// The items that wait for their first get, and since when: a bit for each, however many they are,
/// and a time for all that came within a tenth of a second, or within a thousandth of the time from
/// the oldest to the youngest. For one thread at a time.
final class Waiting {
  private static final long STEP_MILLIS = 100;
  private static final long STEPS = 1000;

  private final Offsets offsets = new Offsets();
  // By the offset of the first item of a step: when it was put, in milliseconds since the epoch.
  private final TreeMap<Long, Long> steps = new TreeMap<>();

  /// Adds an item, in the order of their offsets.
  ///
  /// @param millis when it was put, since the epoch
  void add(long offset, long millis) {
    offsets.add(offset);
    if (steps.isEmpty() || isNextStep(millis)) {
      forgetSteps();
      steps.put(offset, millis);
    }
  }

  private boolean isNextStep(long millis) {
    long all = millis - steps.firstEntry().getValue();
    return millis - steps.lastEntry().getValue() >= Math.max(STEP_MILLIS, all / STEPS);
  }

  /// Takes one out.
  ///
  /// @return false when it was not there
  boolean remove(long offset) {
    return offsets.remove(offset);
  }

  /// Takes out all before an offset.
  ///
  /// @return how many there were
  int removeBefore(long offset) {
    return offsets.removeBefore(offset);
  }

  /// The offset of the oldest; empty when none waits.
  OptionalLong first() {
    return offsets.first();
  }

  /// When the oldest was put, or at most a step before: milliseconds since the epoch. Empty when
  /// none waits.
  OptionalLong since() {
    forgetSteps();
    return steps.isEmpty() ? OptionalLong.empty() : OptionalLong.of(steps.firstEntry().getValue());
  }

  int size() {
    return offsets.size();
  }

  /// Those before the oldest item's.
  private void forgetSteps() {
    OptionalLong first = offsets.first();
    if (first.isEmpty()) {
      steps.clear();
      return;
    }
    Map.Entry<Long, Long> own = steps.floorEntry(first.getAsLong());
    if (own != null) {
      steps.headMap(own.getKey()).clear();
    }
  }
}
