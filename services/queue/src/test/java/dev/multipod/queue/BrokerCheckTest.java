package dev.multipod.queue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import org.junit.jupiter.api.Test;

class BrokerCheckTest {
  @Test
  void aBrokerBefore42IsTooOldAlsoWithThePreviewOfShareGroups() {
    for (int metadata : new int[] {0, 25, 27}) {
      String trouble = new BrokerCheck(metadata, 1).unfit().orElseThrow();
      assertTrue(trouble.contains("Kafka 4.2"), trouble);
    }
  }

  @Test
  void shareGroupsMustBeSwitchedOn() {
    String trouble = new BrokerCheck(28, 0).unfit().orElseThrow();
    assertTrue(trouble.contains("share.version=1"), trouble);
    assertEquals(Optional.empty(), new BrokerCheck(28, 1).unfit());
    assertEquals(Optional.empty(), new BrokerCheck(30, 2).unfit());
  }
}
