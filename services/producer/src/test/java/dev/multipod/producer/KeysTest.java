package dev.multipod.producer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class KeysTest {
  private final Keys keys = new Keys(2);

  private static Keys.Put put(String fingerprint) {
    return new Keys.Put(LastKeys.print(fingerprint), new CompletableFuture<>());
  }

  private void done(String key, long offset) {
    Keys.Put put = put("print of " + key);
    assertEquals(Optional.empty(), keys.claim(LastKeys.print(key), put));
    keys.done(LastKeys.print(key), put, offset);
  }

  @Test
  void whoComesWithTheKeyOfAPutUnderWayWaitsForItsItem() {
    Keys.Put first = put("print");
    keys.claim(LastKeys.print("a"), first);

    Keys.Put earlier = keys.claim(LastKeys.print("a"), put("print")).orElseThrow();
    assertFalse(earlier.offset().isDone());
    assertFalse(keys.knows(LastKeys.print("a")));

    keys.done(LastKeys.print("a"), first, 7);
    assertEquals(Optional.of(7L), earlier.offset().getNow(Optional.empty()));
    assertTrue(keys.knows(LastKeys.print("a")));
  }

  @Test
  void aKeyOfAnItemTellsWhereItLiesAndWhatItsPutWas() {
    done("a", 7);

    Keys.Put earlier = keys.claim(LastKeys.print("a"), put("other")).orElseThrow();
    assertEquals(LastKeys.print("print of a"), earlier.fingerprint());
    assertEquals(Optional.of(7L), earlier.offset().getNow(Optional.empty()));
  }

  @Test
  void aPutThatEndedWithoutAnItemLeavesItsKeyToTheNext() {
    Keys.Put first = put("print");
    keys.claim(LastKeys.print("a"), first);
    keys.withdraw(LastKeys.print("a"), first);

    assertEquals(Optional.empty(), first.offset().getNow(Optional.of(1L)));
    assertEquals(Optional.empty(), keys.claim(LastKeys.print("a"), put("other")));
  }

  @Test
  void theOldestItemIsForgottenFirstAndAPutUnderWayNever() {
    Keys.Put slow = put("print of slow");
    keys.claim(LastKeys.print("slow"), slow);
    keys.known(LastKeys.print("a"), LastKeys.print("print of a"), 1);
    done("b", 2);
    done("c", 3);

    assertFalse(keys.knows(LastKeys.print("a")));
    assertTrue(keys.knows(LastKeys.print("b")));
    assertTrue(keys.claim(LastKeys.print("slow"), put("print of slow")).isPresent());
  }
}
