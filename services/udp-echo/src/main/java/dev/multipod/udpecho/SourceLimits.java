package dev.multipod.udpecho;

import java.util.concurrent.atomic.AtomicLongArray;

/// A token bucket for each source, in a table of fixed size that all threads share without locks. A
/// source that finds no place in the table shares the last bucket with all others like it, so that
/// any number of (spoofed) sources costs no more memory and gets no more than one source's rate.
///
/// A bucket is one number, the time at which it will be full again ("theoretical arrival time" of
/// the generic cell rate algorithm, ITU-T I.371). One that is full says nothing any more, so its
/// place can be taken.
final class SourceLimits {
  /// What became of a datagram.
  enum Verdict {
    PASS,
    /// Its source is over its rate.
    OVER_RATE,
    /// The shared bucket is empty.
    OVERFLOW
  }

  private static final int PROBES = 8;
  private static final long FREE = 0;

  // Times are told from here on, so that none is negative.
  private static final long BEGINNING = System.nanoTime();

  private final int mask;
  private final long nanosPerToken;
  private final long burstNanos;
  private final AtomicLongArray sources;
  private final AtomicLongArray fullAt;

  /// @param table how many sources have a bucket; rounded up to a power of two
  SourceLimits(int rate, int burst, int table) {
    if (rate < 1 || burst < 1 || table < 1) {
      throw new IllegalArgumentException("rate, burst and table are at least 1");
    }
    int places = Math.max(PROBES, Integer.highestOneBit(Math.max(1, table - 1)) << 1);
    this.mask = places - 1;
    this.nanosPerToken = Math.max(1, 1_000_000_000L / rate);
    this.burstNanos = burst * nanosPerToken;
    this.sources = new AtomicLongArray(places);
    this.fullAt = new AtomicLongArray(places + 1);
  }

  /// The time now, for [#take].
  static long now() {
    return System.nanoTime() - BEGINNING;
  }

  /// Takes a token of the source's bucket.
  ///
  /// @param now nanoseconds, never negative
  Verdict take(long source, long now) {
    int place = place(source, now);
    if (takeToken(place, now)) {
      return Verdict.PASS;
    }
    return place > mask ? Verdict.OVERFLOW : Verdict.OVER_RATE;
  }

  /// How many sources have a bucket that is not full.
  int active(long now) {
    int active = 0;
    for (int place = 0; place <= mask; place++) {
      if (fullAt.get(place) > now) {
        active++;
      }
    }
    return active;
  }

  private int place(long source, long now) {
    // 0 stands for a free place; no source has that number once mixed, but for one in 2^64.
    long key = mix(source);
    int claimable = -1;
    for (int probe = 0; probe < PROBES; probe++) {
      int place = (int) (key + probe) & mask;
      long taken = sources.get(place);
      if (taken == key) {
        return place;
      }
      if (claimable < 0 && (taken == FREE || fullAt.get(place) <= now)) {
        claimable = place;
      }
    }
    if (claimable < 0) {
      return mask + 1;
    }
    // Two threads that race for it share the bucket until one of them comes again: no harm.
    sources.set(claimable, key);
    return claimable;
  }

  private boolean takeToken(int place, long now) {
    while (true) {
      long full = fullAt.get(place);
      long next = Math.max(full, now) + nanosPerToken;
      if (next - now > burstNanos) {
        return false;
      }
      if (fullAt.compareAndSet(place, full, next)) {
        return true;
      }
    }
  }

  // The finalizer of MurmurHash3 (public domain): neighbouring addresses land far apart.
  private static long mix(long source) {
    long h = source + 0x9e37_79b9_7f4a_7c15L;
    h = (h ^ (h >>> 33)) * 0xff51_afd7_ed55_8ccdL;
    h = (h ^ (h >>> 33)) * 0xc4ce_b9fe_1a85_ec53L;
    return h ^ (h >>> 33);
  }
}
