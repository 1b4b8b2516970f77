package dev.multipod.producer;

import java.util.BitSet;
import java.util.Collection;
import java.util.OptionalLong;
import java.util.TreeMap;

/// A set of offsets, most of which lie next to each other: about a bit each. For one thread at a
/// time.
final class Offsets {
  private static final int SPAN = 4096;

  // By offset / SPAN; none of them is empty.
  private final TreeMap<Long, BitSet> spans = new TreeMap<>();
  private int size;

  /// Adds one.
  ///
  /// @return false when it was there already
  boolean add(long offset) {
    BitSet span = spans.computeIfAbsent(offset / SPAN, _ -> new BitSet());
    int bit = Math.toIntExact(offset % SPAN);
    if (span.get(bit)) {
      return false;
    }
    span.set(bit);
    size++;
    return true;
  }

  /// Takes one out.
  ///
  /// @return false when it was not there
  boolean remove(long offset) {
    BitSet span = spans.get(offset / SPAN);
    int bit = Math.toIntExact(offset % SPAN);
    if (span == null || !span.get(bit)) {
      return false;
    }
    span.clear(bit);
    size--;
    if (span.isEmpty()) {
      spans.remove(offset / SPAN);
    }
    return true;
  }

  /// Takes out all before an offset.
  ///
  /// @return how many there were
  int removeBefore(long offset) {
    int before = size;
    Collection<BitSet> whole = spans.headMap(offset / SPAN).values();
    size -= whole.stream().mapToInt(BitSet::cardinality).sum();
    whole.clear();
    BitSet span = spans.get(offset / SPAN);
    if (span != null) {
      size -= span.cardinality();
      span.clear(0, Math.toIntExact(offset % SPAN));
      size += span.cardinality();
      if (span.isEmpty()) {
        spans.remove(offset / SPAN);
      }
    }
    return before - size;
  }

  boolean contains(long offset) {
    BitSet span = spans.get(offset / SPAN);
    return span != null && span.get(Math.toIntExact(offset % SPAN));
  }

  /// The least; empty when there is none.
  OptionalLong first() {
    return spans.isEmpty()
        ? OptionalLong.empty()
        : OptionalLong.of(spans.firstKey() * SPAN + spans.firstEntry().getValue().nextSetBit(0));
  }

  int size() {
    return size;
  }
}
