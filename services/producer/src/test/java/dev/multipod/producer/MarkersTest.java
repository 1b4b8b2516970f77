package dev.multipod.producer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

/// What is found behind an item at offset 6, however late the broker writes it.
class MarkersTest {
  private static final TopicPartition ITEMS = new TopicPartition("multipod.queue.dishes", 0);
  private static final long ITEM = 6;

  private final MockConsumer<byte[], byte[]> broker = new MockConsumer<>("earliest");

  private Optional<Set<Long>> find(long beginning, long end) {
    broker.updateBeginningOffsets(Map.of(ITEMS, beginning));
    broker.updateEndOffsets(Map.of(ITEMS, end));
    return Markers.find(broker, ITEMS, ITEM, Duration.ofSeconds(5));
  }

  /// A real consumer passes a marker without giving it to anybody.
  private void passTo(long offset) {
    broker.schedulePollTask(() -> broker.seek(ITEMS, offset));
  }

  private void give(long offset) {
    broker.schedulePollTask(
        () -> broker.addRecord(new ConsumerRecord<>(ITEMS.topic(), 0, offset, null, new byte[0])));
  }

  @Test
  void aMarkerThatIsNotThereYetIsLookedForAgain() {
    assertEquals(Optional.empty(), find(0, ITEM + 1));
    passTo(ITEM + 2);
    assertEquals(Optional.of(Set.of(ITEM + 1)), find(0, ITEM + 2));
  }

  @Test
  void anItemThatWasPutAgainIsNone() {
    give(ITEM + 1);
    assertEquals(Optional.empty(), find(0, ITEM + 2));
    give(ITEM + 1);
    passTo(ITEM + 3);
    assertEquals(Optional.of(Set.of(ITEM + 2)), find(0, ITEM + 3));
  }

  @Test
  void theNextTransactionsItemsComeBehindIt() {
    give(ITEM + 2);
    assertEquals(Optional.of(Set.of(ITEM + 1)), find(0, ITEM + 3));
  }

  @Test
  void whatIsCutOffIsNotLookedForAgain() {
    assertEquals(Optional.of(Set.of()), find(ITEM + 2, ITEM + 9));
  }
}
