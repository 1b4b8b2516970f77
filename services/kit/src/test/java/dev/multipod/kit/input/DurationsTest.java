package dev.multipod.kit.input;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DurationsTest {
  @ParameterizedTest
  @CsvSource({
    "0s,0,0s",
    "250ms,250,250ms",
    "1000ms,1000,1s",
    "90s,90000,90s",
    "120s,120000,2m",
    "60m,3600000,1h",
    "1h,3600000,1h"
  })
  void itReadsWhatPeopleWriteAndWritesWhatItReads(String text, long millis, String shortest) {
    Duration read = Durations.parse(text);
    assertEquals(Duration.ofMillis(millis), read);
    assertEquals(shortest, Durations.format(read));
    assertEquals(read, Durations.parse(Durations.format(read)));
  }
}
