package dev.multipod.producer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class WaitingTest {
  private final Waiting waiting = new Waiting();

  @Test
  void whoCameWithinATenthOfASecondHasOneTime() {
    waiting.add(0, 1000);
    waiting.add(1, 1099);
    waiting.add(2, 1100);

    waiting.remove(0);
    assertEquals(OptionalLong.of(1000), waiting.since());
    waiting.remove(1);
    assertEquals(OptionalLong.of(1100), waiting.since());
  }

  @Test
  void anItemInTheMiddleThatIsTakenFirstChangesNothing() {
    waiting.add(0, 1000);
    waiting.add(1, 2000);
    waiting.add(2, 3000);

    waiting.remove(1);

    assertEquals(OptionalLong.of(1000), waiting.since());
    waiting.removeBefore(2);
    assertEquals(OptionalLong.of(3000), waiting.since());
    waiting.remove(2);
    assertEquals(OptionalLong.empty(), waiting.since());
  }

  /// Ten million items over four months.
  @Test
  void theTimeOfTheOldestIsRightToAThousandthOfAll() {
    long apart = 1_000;
    long count = 10_000_000;
    for (long item = 0; item < count; item++) {
      waiting.add(item, item * apart);
    }
    for (long first = 0; first < count; first += 123_457) {
      waiting.removeBefore(first);
      long early = first * apart - waiting.since().orElseThrow();
      assertTrue(
          early >= 0 && early <= count * apart / 1000, "item %d: %d".formatted(first, early));
    }
  }
}
