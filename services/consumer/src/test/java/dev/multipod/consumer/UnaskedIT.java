package dev.multipod.consumer;

import static dev.multipod.consumer.QueueStack.expect;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.multipod.consumer.QueueStack.Answer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.Test;

/// What Kafka's share consumers fetch without anybody having asked.
class UnaskedIT {
  private static final int BROKER_LIMIT = 10;
  private static final String[] ATTRIBUTES = {
    "Idempotency-Key", "one",
    "Content-Type", "text/x-dish",
    "Multipod-Item-Key", "table 1",
    "Multipod-Item-Header-dish", "cr%C3%AApe",
    "Multipod-Putter", "ada"
  };

  private final QueueStack stack = QueueStack.get();

  @Test
  void deliveriesThatNobodySawDoNotEndAnItem() {
    String queue = stack.queue("\"maxDeliveries\": 2");
    String id =
        expect(
                201,
                stack.call(
                    stack.producers.getFirst(),
                    "POST",
                    "/producer/queues/" + queue + "/items",
                    "a",
                    ATTRIBUTES))
            .json()
            .get("id")
            .asText();
    spend(queue, BROKER_LIMIT - 3);

    Answer first = stack.take(0, queue, "20s");
    assertEquals(1, first.json().get("deliveries").asInt());
    expect(202, stack.join(0, queue, "300ms"));
    expect(204, stack.acknowledge(1, first.ackUrl(), "release"));

    // The broker would drop it soon: it is put again, and is the same item.
    Answer second = stack.take(1, queue, "20s");
    assertEquals(2, second.json().get("deliveries").asInt());
    assertEquals("a", second.data());
    assertEquals(id, second.json().get("id").asText());
    for (Answer item : List.of(first, second)) {
      assertEquals("text/x-dish", item.json().path("contentType").asText());
      assertEquals("table 1", item.json().path("key").asText());
      assertEquals("crêpe", item.json().path("headers").path("dish").asText());
    }
    expect(202, own(queue));
    assertEquals(2, stack.end("multipod.queue." + queue));
    expect(202, stack.join(1, queue, "300ms"));

    expect(204, stack.acknowledge(0, second.ackUrl(), "done"));
    expect(200, stack.join(0, queue, "20s"));
    expect(200, own(queue));
    assertEquals(0, stack.end("multipod.queue." + queue + ".dlq"));
  }

  private Answer own(String queue) {
    return stack.call(
        stack.producers.getFirst(),
        "GET",
        "/producer/queues/" + queue + "/join?scope=mine&timeout=1s",
        "",
        "Multipod-Putter",
        "ada");
  }

  /// Gets and gives back, as a share consumer does with what came after its last caller had gone.
  private void spend(String queue, int deliveries) {
    Map<String, Object> config =
        Map.of(
            "bootstrap.servers",
            stack.broker.bootstrapServers(),
            "group.id",
            "multipod.queue." + queue,
            "share.acknowledgement.mode",
            "explicit",
            "share.acquire.mode",
            "record_limit",
            "max.poll.records",
            1);
    try (var consumer =
        new KafkaShareConsumer<>(
            config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      consumer.subscribe(List.of("multipod.queue." + queue));
      int seen = 0;
      while (seen < deliveries) {
        for (ConsumerRecord<byte[], byte[]> item : consumer.poll(Duration.ofSeconds(1))) {
          seen = item.deliveryCount().orElse((short) 0);
          consumer.acknowledge(item, AcknowledgeType.RELEASE);
          consumer.commitSync();
        }
      }
    }
  }

  /// On a machine that pauses while a client joins its group, it may get one item more than it
  /// asked for: one of three times none does.
  @Test
  void itemsComeInTheirOrderAlsoWhileAllOfThemAreHeld() {
    List<List<String>> tries = new ArrayList<>();
    List<String> items = IntStream.range(0, 20).mapToObj(number -> "item-" + number).toList();
    do {
      tries.add(takeAll(items));
    } while (tries.size() < 3 && !tries.getLast().equals(items));
    assertEquals(items, tries.getLast(), tries::toString);
  }

  private List<String> takeAll(List<String> items) {
    String queue = stack.queue("\"lease\": \"60s\"");
    items.forEach(item -> stack.put(0, queue, item, "0s"));

    List<Answer> taken = new ArrayList<>();
    for (int i = 0; i < items.size(); i++) {
      Answer answer = stack.take(0, queue, "5s");
      if (answer.status() == 200) {
        taken.add(answer);
      }
    }
    taken.forEach(item -> expect(204, stack.acknowledge(0, item.ackUrl(), "done")));
    return taken.stream().map(Answer::data).toList();
  }

  @Test
  void anItemThatComesAfterEmptyGetsIsThereForTheNextOne() {
    String queue = stack.queue("");
    for (int round = 0; round < 8; round++) {
      expect(204, stack.take(round % 2, queue, "0s"));
      expect(204, stack.take(1 - round % 2, queue, "20ms"));
      expect(201, stack.put(0, queue, "item-" + round, "0s"));
      Answer item = stack.take(round % 2, queue, "30s");
      assertEquals("item-" + round, item.data());
      assertEquals(1, item.json().get("deliveries").asInt());
      expect(202, stack.join(1, queue, "300ms"));
      expect(204, stack.acknowledge(1, item.ackUrl(), "done"));
    }
    expect(200, stack.join(0, queue, "20s"));
  }
}
