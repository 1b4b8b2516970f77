package dev.multipod.echo;

import java.nio.ByteBuffer;

/// Python's `bytes.upper()`: the letters a to z of ASCII change, every other byte stays, whatever
/// its encoding. Eight bytes at a time (SIMD within a register).
public final class Upper {
  private static final long ONES = 0x0101_0101_0101_0101L;
  private static final long HIGH_BITS = ONES << 7;

  private Upper() {}

  /// Upper-cases the bytes from index `from` up to, not including, `to`, where they are. The
  /// buffer's position, limit and byte order are neither used nor changed.
  public static void inPlace(ByteBuffer bytes, int from, int to) {
    int last = to - Long.BYTES;
    if (last < from) {
      for (int i = from; i < to; i++) {
        bytes.put(i, upper(bytes.get(i)));
      }
      return;
    }
    for (int i = from; i < last; i += Long.BYTES) {
      bytes.putLong(i, upper(bytes.getLong(i)));
    }
    // Overlaps what is done already, which changes nothing: upper-casing twice is upper-casing.
    bytes.putLong(last, upper(bytes.getLong(last)));
  }

  /// A copy of `bytes`, upper-cased.
  public static byte[] copyOf(byte[] bytes) {
    byte[] copy = bytes.clone();
    inPlace(ByteBuffer.wrap(copy), 0, copy.length);
    return copy;
  }

  static long upper(long eight) {
    long seven = eight & ~HIGH_BITS;
    // The high bit of each byte: set from 'a' on, and set after 'z'. No byte carries into the next.
    long fromA = seven + (0x80 - 'a') * ONES;
    long afterZ = seven + (0x7f - 'z') * ONES;
    long lower = (fromA ^ afterZ) & ~eight & HIGH_BITS;
    return eight ^ (lower >>> 2);
  }

  private static byte upper(byte one) {
    return one >= 'a' && one <= 'z' ? (byte) (one - 0x20) : one;
  }
}
