package dev.multipod.producer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.Random;
import java.util.SequencedMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LastKeysTest {
  /// Against the JDK's own map: new keys and repeated ones, until each has been forgotten often.
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 63, 64, 65, 1000})
  void theLastKeysAreKnownAndNoOthers(int most) {
    Random random = new Random(most);
    LastKeys keys = new LastKeys(most);
    SequencedMap<String, LastKeys.Known> expected = new LinkedHashMap<>();
    for (int offset = 0; offset < 20 * most; offset++) {
      String key = "key-" + random.nextInt(3 * most);
      keys.add(Print.of(key), Print.of("print of " + offset), offset);
      expected.putIfAbsent(key, new LastKeys.Known(Print.of("print of " + offset), offset));
      if (expected.size() > most) {
        expected.pollFirstEntry();
      }
    }

    for (int number = 0; number < 3 * most; number++) {
      String key = "key-" + number;
      assertEquals(Optional.ofNullable(expected.get(key)), keys.find(Print.of(key)), key);
    }
  }
}
