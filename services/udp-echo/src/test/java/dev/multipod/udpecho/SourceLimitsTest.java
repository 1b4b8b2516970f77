package dev.multipod.udpecho;

import static dev.multipod.udpecho.SourceLimits.Verdict.OVERFLOW;
import static dev.multipod.udpecho.SourceLimits.Verdict.OVER_RATE;
import static dev.multipod.udpecho.SourceLimits.Verdict.PASS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class SourceLimitsTest {
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  @Test
  void aSourceGetsItsBurstAndThenItsRate() {
    SourceLimits limits = new SourceLimits(10, 5, 64);
    assertEquals(5, passed(limits, 1, 0, 100));
    assertEquals(OVER_RATE, limits.take(1, 0));
    assertEquals(1, passed(limits, 1, SECOND / 10, 100));
    assertEquals(5, passed(limits, 1, 10 * SECOND, 100));
  }

  @Test
  void oneSourceDoesNotTakeFromAnother() {
    SourceLimits limits = new SourceLimits(10, 5, 64);
    passed(limits, 1, 0, 100);
    assertEquals(5, passed(limits, 2, 0, 100));
  }

  @Test
  void moreSourcesThanPlacesShareOneBucket() {
    SourceLimits limits = new SourceLimits(1, 1, 64);
    int passed = 0;
    for (int source = 0; source < 100_000; source++) {
      if (limits.take(source, 0) == PASS) {
        passed++;
      }
    }
    assertTrue(passed <= 65, "64 places and the shared one, not " + passed);
    assertTrue(limits.active(0) <= 64);
    assertEquals(OVERFLOW, limits.take(100_001, 0));
  }

  @Test
  void aPlaceWhoseBucketIsFullAgainIsTaken() {
    SourceLimits limits = new SourceLimits(1, 1, 8);
    for (int source = 0; source < 100; source++) {
      limits.take(source, 0);
    }
    int passed = 0;
    for (int source = 1000; source < 1100; source++) {
      if (limits.take(source, 10 * SECOND) == PASS) {
        passed++;
      }
    }
    assertTrue(passed >= 8, "only " + passed);
  }

  private static int passed(SourceLimits limits, long source, long now, int tries) {
    int passed = 0;
    for (int i = 0; i < tries; i++) {
      if (limits.take(source, now) == PASS) {
        passed++;
      }
    }
    return passed;
  }
}
