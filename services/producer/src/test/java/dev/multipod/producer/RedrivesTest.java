package dev.multipod.producer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.multipod.kit.input.IdempotencyKey;
import dev.multipod.kit.problem.Problem;
import org.junit.jupiter.api.Test;

class RedrivesTest {
  private final Redrives redrives = new Redrives(2);

  private static Redrives.Call call(String key, int limit) {
    return new Redrives.Call(new IdempotencyKey(key), limit);
  }

  @Test
  void theItemsOfEachCallAreCounted() {
    redrives.count(call("a", 5).header());
    redrives.count(call("b", 5).header());
    redrives.count(call("a", 5).header());

    assertEquals(2, redrives.by(call("a", 5)));
    assertEquals(1, redrives.by(call("b", 5)));
    assertEquals(0, redrives.by(call("c", 5)));
  }

  @Test
  void aKeyBelongsToItsLimit() {
    redrives.count(call("a", 5).header());

    Problem reused = assertThrows(Problem.class, () -> redrives.by(call("a", 6)));
    assertEquals("idempotency-key-reused", reused.slug());
  }

  @Test
  void theOldestCallIsForgottenFirst() {
    redrives.count(call("a", 5).header());
    redrives.count(call("b", 5).header());
    redrives.count(call("c", 5).header());

    assertEquals(0, redrives.by(call("a", 5)));
    assertEquals(1, redrives.by(call("c", 5)));
  }
}
