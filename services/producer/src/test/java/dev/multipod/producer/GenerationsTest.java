package dev.multipod.producer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import dev.multipod.queue.ItemId;
import dev.multipod.queue.Order;
import dev.multipod.queue.QueueDefinition;
import dev.multipod.queue.Taken;
import dev.multipod.queue.Topics;
import java.time.Duration;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;

/// A queue that comes after a deleted one of its name shares no name in Kafka and no id with it.
class GenerationsTest {
  private static final int SHARES = 4;

  private static QueueDefinition dishes(int generation) {
    return new QueueDefinition("dishes", 3, Duration.ofSeconds(30), 5, Order.WORK, generation);
  }

  private static ConsumerRecord<byte[], byte[]> item(QueueDefinition queue) {
    return new ConsumerRecord<>(Topics.items(queue), 0, 7, new byte[0], new byte[0]);
  }

  private static Optional<Taken> written(Taken taken) {
    ProducerRecord<byte[], byte[]> notice = taken.record(SHARES);
    assertEquals(Topics.partitionOf("dishes", SHARES), notice.partition());
    return Taken.read(
        new ConsumerRecord<>(notice.topic(), notice.partition(), 0, notice.key(), notice.value()));
  }

  @Test
  void theFirstOneHasThePlainNames() {
    assertEquals("multipod.queue.dishes", Topics.items(dishes(0)));
    assertEquals("multipod.queue.dishes.dlq", Topics.deadLetters(dishes(0)));
    assertEquals("multipod.queue.dishes", Topics.group(dishes(0)));
    assertEquals("0-7", ItemId.of(item(dishes(0))).toString());
  }

  @Test
  void aLaterOneHasNamesAndIdsOfItsOwn() {
    assertEquals("multipod.queue.dishes.2", Topics.items(dishes(2)));
    assertEquals("multipod.queue.dishes.2.dlq", Topics.deadLetters(dishes(2)));
    assertEquals("multipod.queue.dishes.2", Topics.group(dishes(2)));
    assertEquals("2-7", ItemId.of(item(dishes(2))).toString());
    assertEquals(ItemId.of(item(dishes(2))), new ItemId(dishes(2), 7));
  }

  @Test
  void aNoticeIsOfOneGenerationAndGoesToTheShareOfTheName() {
    Taken first = Taken.of(item(dishes(0)));
    Taken later = Taken.of(item(dishes(12)));

    assertNotEquals(first, later);
    assertEquals("dishes", later.queue());
    assertEquals("dishes.12", later.place());
    assertEquals(Optional.of(first), written(first));
    assertEquals(Optional.of(later), written(later));
  }
}
