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
    return new Keys.Put(Print.of(fingerprint), new CompletableFuture<>());
  }

  private void done(String key, long offset) {
    Keys.Put put = put("print of " + key);
    assertEquals(Optional.empty(), keys.claim(Print.of(key), put));
    keys.done(Print.of(key), put, offset);
  }

  @Test
  void whoComesWithTheKeyOfAPutUnderWayWaitsForItsItem() {
    Keys.Put first = put("print");
    keys.claim(Print.of("a"), first);

    Keys.Put earlier = keys.claim(Print.of("a"), put("print")).orElseThrow();
    assertFalse(earlier.offset().isDone());
    assertFalse(keys.knows(Print.of("a")));

    keys.done(Print.of("a"), first, 7);
    assertEquals(Optional.of(7L), earlier.offset().getNow(Optional.empty()));
    assertTrue(keys.knows(Print.of("a")));
  }

  @Test
  void aKeyOfAnItemTellsWhereItLiesAndWhatItsPutWas() {
    done("a", 7);

    Keys.Put earlier = keys.claim(Print.of("a"), put("other")).orElseThrow();
    assertEquals(Print.of("print of a"), earlier.fingerprint());
    assertEquals(Optional.of(7L), earlier.offset().getNow(Optional.empty()));
  }

  @Test
  void aPutThatEndedWithoutAnItemLeavesItsKeyToTheNext() {
    Keys.Put first = put("print");
    keys.claim(Print.of("a"), first);
    keys.withdraw(Print.of("a"), first);

    assertEquals(Optional.empty(), first.offset().getNow(Optional.of(1L)));
    assertEquals(Optional.empty(), keys.claim(Print.of("a"), put("other")));
  }

  @Test
  void theOldestItemIsForgottenFirstAndAPutUnderWayNever() {
    Keys.Put slow = put("print of slow");
    keys.claim(Print.of("slow"), slow);
    keys.known(Print.of("a"), Print.of("print of a"), 1);
    done("b", 2);
    done("c", 3);

    assertFalse(keys.knows(Print.of("a")));
    assertTrue(keys.knows(Print.of("b")));
    assertTrue(keys.claim(Print.of("slow"), put("print of slow")).isPresent());
  }
}
