package dev.multipod.producer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.NavigableSet;
import java.util.OptionalLong;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class OffsetsTest {
  @Test
  void anOffsetIsThereOnce() {
    Offsets offsets = new Offsets();

    assertTrue(offsets.add(1L << 40));
    assertFalse(offsets.add(1L << 40));

    assertEquals(1, offsets.size());
    assertTrue(offsets.remove(1L << 40));
    assertFalse(offsets.remove(1L << 40));
    assertEquals(OptionalLong.empty(), offsets.first());
  }

  /// Against a set of the JDK.
  @Test
  void itIsASet() {
    Random random = new Random(11);
    Offsets ours = new Offsets();
    NavigableSet<Long> theirs = new TreeSet<>();
    for (long step = 0; step < 100_000; step++) {
      long offset = step / 5 + random.nextInt(15_000);
      int what = random.nextInt(100);
      if (what < 50) {
        assertEquals(theirs.add(offset), ours.add(offset));
      } else if (what < 99) {
        assertEquals(theirs.remove(offset), ours.remove(offset));
      } else {
        NavigableSet<Long> before = theirs.headSet(offset - 10_000, false);
        int many = before.size();
        before.clear();
        assertEquals(many, ours.removeBefore(Math.max(0, offset - 10_000)));
      }
      assertEquals(theirs.size(), ours.size());
      assertEquals(theirs.contains(offset + 1), ours.contains(offset + 1));
      assertEquals(
          theirs.isEmpty() ? OptionalLong.empty() : OptionalLong.of(theirs.first()), ours.first());
    }
  }
}
