package dev.multipod.producer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.multipod.kit.input.IdempotencyKey;
import dev.multipod.queue.Attributes;
import dev.multipod.queue.ItemHeaders;
import dev.multipod.queue.Order;
import dev.multipod.queue.QueueDefinition;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.Test;

class ItemTest {
  private static final QueueDefinition QUEUE =
      new QueueDefinition("dishes", 3, Duration.ofSeconds(30), 5, Order.WORK, 0);

  private static Item item(
      String contentType, String body, Attributes attributes, Map<String, String> others) {
    return new Item(new IdempotencyKey("k"), contentType, bytes(body), attributes, others);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static Attributes attributes(String key, String header, String value) {
    return Attributes.of(Optional.of(bytes(key)), Map.of(header, bytes(value)));
  }

  /// Each differs from the others in one thing that a repeated key must match.
  private static List<Item> different() {
    Map<String, String> ann = Map.of(ItemHeaders.PUTTER, "ann");
    return List.of(
        item("text/plain", "soup", Attributes.NONE, Map.of()),
        item("text/plain", "", Attributes.NONE, Map.of()),
        item("application/json", "soup", Attributes.NONE, Map.of()),
        item("text/plain", "soup", Attributes.NONE, ann),
        item("text/plain", "soup", attributes("a", "b", "c"), Map.of()),
        item("text/plain", "soup", attributes("b", "b", "c"), Map.of()),
        item("text/plain", "soup", attributes("a", "c", "c"), Map.of()),
        item("text/plain", "soup", attributes("a", "b", "d"), Map.of()),
        item("text/plain", "soup", attributes("a", "b", "c"), ann));
  }

  @Test
  void itIsTheSameItemWithTheSamePartsAlone() {
    List<Long> fingerprints = new ArrayList<>();
    different().forEach(item -> fingerprints.add(item.fingerprint()));
    assertEquals(different().size(), new HashSet<>(fingerprints).size());
    assertEquals(fingerprints, different().stream().map(Item::fingerprint).toList());
  }

  /// What a new owner reads from the broker matches what a caller repeats, and the trace of a put,
  /// which each try has its own of, is no part of it.
  @Test
  void aRecordHasTheFingerprintOfItsItem() {
    for (Item item : different()) {
      ProducerRecord<byte[], byte[]> sent = item.record(QUEUE);
      sent.headers().add("traceparent", bytes("00-1-2-01"));
      ConsumerRecord<byte[], byte[]> read =
          new ConsumerRecord<>(
              sent.topic(),
              0,
              7,
              1,
              TimestampType.CREATE_TIME,
              0,
              0,
              sent.key(),
              sent.value(),
              sent.headers(),
              Optional.empty());
      assertEquals(item.fingerprint(), Item.fingerprint(read));
    }
  }
}
