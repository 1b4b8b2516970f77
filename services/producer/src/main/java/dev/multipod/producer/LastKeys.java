package dev.multipod.producer;

import java.security.SecureRandom;
import java.util.Optional;

/// The keys of a queue's last items, the oldest forgotten first: 30 to 65 bytes each, since a
/// replica may own hundreds of queues. Of a key, and of what a repeated one must match, 64 bits are
/// kept. For one thread at a time.
///
/// The entries are a ring. A hash table with linear probing finds them (Knuth, The Art of Computer
/// Programming 6.4: algorithms L and R).
final class LastKeys {
  /// The item of a key.
  ///
  /// @param print of what a repeated key must match, see [Print]
  record Known(long print, long offset) {}

  private static final int KEY = 0;
  private static final int PRINT = 1;
  private static final int OFFSET = 2;
  private static final int WIDTH = 3;
  private static final int FIRST_CAPACITY = 64;

  /// Where a key begins in the table is nobody's to choose.
  private static final long SEED = new SecureRandom().nextLong() | 1;

  private final int most;
  private long[] entries;
  // An entry's place in the ring and 1; 0 is nothing.
  private int[] table;
  private int capacity;
  private int first;
  private int size;

  /// @param atMost how many are remembered; one if less
  LastKeys(int atMost) {
    most = Math.max(1, atMost);
    allocate(Math.min(most, FIRST_CAPACITY));
  }

  /// The item of a key, if it is remembered.
  Optional<Known> find(long key) {
    int place = table[slot(key)] - 1;
    return place < 0
        ? Optional.empty()
        : Optional.of(new Known(entries[place * WIDTH + PRINT], entries[place * WIDTH + OFFSET]));
  }

  /// Remembers a key. One that is remembered stays as it is.
  void add(long key, long print, long offset) {
    if (table[slot(key)] != 0) {
      return;
    }
    if (size == most) {
      forgetOldest();
    } else if (size == capacity) {
      grow();
    }
    int place = (first + size) % capacity;
    entries[place * WIDTH + KEY] = key;
    entries[place * WIDTH + PRINT] = print;
    entries[place * WIDTH + OFFSET] = offset;
    table[slot(key)] = place + 1;
    size++;
  }

  /// Where a key is in the table, or where it would be.
  private int slot(long key) {
    int at = home(key);
    while (table[at] != 0 && entries[(table[at] - 1) * WIDTH + KEY] != key) {
      at = next(at);
    }
    return at;
  }

  private int home(long key) {
    return (int) ((key * SEED) >>> Integer.SIZE) & (table.length - 1);
  }

  private int next(int at) {
    return (at + 1) & (table.length - 1);
  }

  private void forgetOldest() {
    int gap = slot(entries[first * WIDTH + KEY]);
    // Whoever would be found no more, because of the gap, moves into it.
    for (int at = next(gap); table[at] != 0; at = next(at)) {
      int home = home(entries[(table[at] - 1) * WIDTH + KEY]);
      if (distance(home, at) >= distance(gap, at)) {
        table[gap] = table[at];
        gap = at;
      }
    }
    table[gap] = 0;
    first = (first + 1) % capacity;
    size--;
  }

  private int distance(int from, int to) {
    return (to - from) & (table.length - 1);
  }

  /// Only while nothing was forgotten yet: the ring begins at 0.
  private void grow() {
    long[] all = entries;
    allocate((int) Math.min(most, capacity * 2L));
    System.arraycopy(all, 0, entries, 0, all.length);
    for (int place = 0; place < size; place++) {
      table[slot(entries[place * WIDTH + KEY])] = place + 1;
    }
  }

  private void allocate(int places) {
    capacity = places;
    entries = new long[places * WIDTH];
    // With at least one place more, and at most three quarters full.
    table = new int[Integer.highestOneBit(Math.max(1, places * 3 / 2 - 1)) * 2];
  }
}
