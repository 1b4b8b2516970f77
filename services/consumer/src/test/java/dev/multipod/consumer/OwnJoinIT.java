package dev.multipod.consumer;

import static dev.multipod.consumer.QueueStack.expect;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.multipod.consumer.QueueStack.Answer;
import dev.multipod.testkit.Await;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class OwnJoinIT {
  private static final Duration SOON = Duration.ofSeconds(40);
  private final QueueStack stack = QueueStack.get();

  @AfterEach
  void heal() {
    stack.heal();
  }

  private void put(int producer, String queue, String putter, String item) {
    expect(
        201,
        stack.call(
            stack.producers.get(producer),
            "POST",
            "/producer/queues/%s/items?timeout=30s".formatted(queue),
            item,
            "Idempotency-Key",
            UUID.randomUUID().toString(),
            "Multipod-Putter",
            putter));
  }

  private Answer joinOwn(int producer, String queue, String putter, String timeout) {
    return stack.call(
        stack.producers.get(producer),
        "GET",
        "/producer/queues/%s/join?scope=mine&timeout=%s".formatted(queue, timeout),
        "",
        "Multipod-Putter",
        putter);
  }

  private static long unfinished(Answer join) {
    return expect(202, join).json().get("unfinished").asLong();
  }

  @Test
  void itReturnsWhenOnesOwnItemsAreDoneWhateverElseIsNot() {
    String queue = stack.queue("");
    put(0, queue, "ada", "a");
    put(1, queue, "bob", "b");
    put(0, queue, "ada", "c");
    expect(201, stack.put(0, queue, "d", "0s"));
    Answer a = stack.take(0, queue, "20s");
    Answer b = stack.take(1, queue, "20s");
    Answer c = stack.take(0, queue, "20s");

    assertEquals(2, unfinished(joinOwn(0, queue, "ada", "0s")));
    assertEquals(1, unfinished(joinOwn(1, queue, "bob", "0s")));
    expect(200, joinOwn(1, queue, "carl", "0s"));
    expect(204, stack.acknowledge(0, b.ackUrl(), "done"));
    expect(200, joinOwn(0, queue, "bob", "20s"));
    expect(204, stack.acknowledge(0, c.ackUrl(), "done"));
    expect(202, joinOwn(1, queue, "ada", "500ms"));
    expect(204, stack.acknowledge(0, a.ackUrl(), "done"));

    expect(200, joinOwn(1, queue, "ada", "20s"));
    assertEquals(1, unfinished(stack.join(0, queue, "0s")));
  }

  @Test
  void anItemOfABatchIsItsPuttersToo() {
    String queue = stack.queue("");
    expect(
        201,
        stack.call(
            stack.producers.getFirst(),
            "POST",
            "/producer/queues/%s/items/batch?timeout=30s".formatted(queue),
            "a\nb\n",
            "Idempotency-Key",
            "1",
            "Multipod-Putter",
            "ada"));

    assertEquals(2, unfinished(joinOwn(1, queue, "ada", "0s")));
  }

  @Test
  void anItemThatIsGivenBackIsNotDoneAndADeadOneIs() {
    String queue = stack.queue("\"maxDeliveries\": 2");
    expect(201, stack.put(0, queue, "before", "0s"));
    put(0, queue, "ada", "a");
    Answer before = stack.take(0, queue, "20s");
    Answer a = stack.take(1, queue, "20s");
    assertEquals("before", before.data());

    expect(204, stack.acknowledge(0, a.ackUrl(), "release"));
    assertEquals(1, unfinished(joinOwn(0, queue, "ada", "0s")));
    Answer again = stack.take(1, queue, "20s");
    expect(204, stack.acknowledge(0, again.ackUrl(), "release"));
    assertEquals(1, unfinished(joinOwn(0, queue, "ada", "0s")));
    expect(204, stack.take(0, queue, "5s"));

    expect(200, joinOwn(0, queue, "ada", "20s"));
    expect(202, stack.join(0, queue, "0s"));
  }

  @Test
  void aNoticeThatWasLostIsMadeUpForByTheBrokersCount() {
    String queue = stack.queue("");
    put(0, queue, "ada", "a");
    assertEquals(1, unfinished(joinOwn(0, queue, "ada", "0s")));

    acceptWithoutANotice("multipod.queue." + queue);

    expect(200, joinOwn(0, queue, "ada", "20s"));
  }

  /// What is left of a consumer that is killed between the broker's word and its notice.
  private void acceptWithoutANotice(String group) {
    Map<String, Object> config =
        Map.of(
            "bootstrap.servers",
            stack.broker.bootstrapServers(),
            "group.id",
            group,
            "share.acknowledgement.mode",
            "explicit");
    try (var consumer =
        new KafkaShareConsumer<>(
            config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      consumer.subscribe(List.of(group));
      Await.until(
          "the item is accepted",
          SOON,
          () -> {
            var polled = consumer.poll(Duration.ofSeconds(1));
            polled.forEach(item -> consumer.acknowledge(item, AcknowledgeType.ACCEPT));
            consumer.commitSync();
            return polled.count() == 1;
          });
    }
  }

  @Test
  void itOutlivesTheOwner() throws Exception {
    String queue = stack.queue("\"lease\": \"60s\"");
    int owner = stack.owner(queue);
    int other = 1 - owner;
    put(other, queue, "bob", "b");
    put(other, queue, "ada", "a");
    Answer b = stack.take(0, queue, "20s");
    Answer a = stack.take(0, queue, "20s");
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<Answer> join = threads.submit(() -> joinOwn(other, queue, "ada", "60s"));
      assertEquals(1, unfinished(joinOwn(other, queue, "ada", "500ms")));
      stack.producers.get(owner).kill();
      String heir = stack.producers.get(other).name();
      Await.until(
          "a new owner", SOON, () -> stack.look(other, queue).path("owner").asText().equals(heir));
      assertEquals(1, unfinished(joinOwn(other, queue, "ada", "500ms")));
      assertEquals(false, join.isDone());

      expect(204, stack.acknowledge(0, a.ackUrl(), "done"));

      expect(200, join.get());
    }
    assertEquals(1, unfinished(joinOwn(other, queue, "bob", "0s")));
    expect(204, stack.acknowledge(0, b.ackUrl(), "done"));
  }

  @Test
  void aKilledConsumersItemIsStillItsPutters() {
    String queue = stack.queue("");
    put(0, queue, "ada", "a");
    stack.take(0, queue, "20s");
    stack.consumers.get(0).kill();

    assertEquals(1, unfinished(joinOwn(0, queue, "ada", "500ms")));
    Answer again = stack.take(1, queue, "30s");
    expect(204, stack.acknowledge(1, again.ackUrl(), "done"));

    expect(200, joinOwn(0, queue, "ada", "20s"));
  }

  @Test
  void itIsUnknownWhileTheBrokerIsAway() {
    String queue = stack.queue("");
    put(0, queue, "ada", "a");
    int owner = stack.owner(queue);
    stack.broker.pause();

    Answer answer = joinOwn(owner, queue, "ada", "1s");

    assertEquals(503, answer.status(), answer::toString);
  }

  @Test
  void aKeyIsNotUsedAgainUnderAnotherName() {
    String queue = stack.queue("");
    String path = "/producer/queues/%s/items?timeout=30s".formatted(queue);
    String[] bob = {"Idempotency-Key", queue, "Multipod-Putter", "bob"};
    String[] ada = {"Idempotency-Key", queue, "Multipod-Putter", "ada"};
    expect(201, stack.call(stack.producers.get(0), "POST", path, "item", bob));
    expect(201, stack.call(stack.producers.get(0), "POST", path, "item", bob));

    expect(422, stack.call(stack.producers.get(0), "POST", path, "item", ada));
  }

  @Test
  void whoDoesNotSayWhoseItemsIsToldTo() {
    String queue = stack.queue("");
    String path = "/producer/queues/%s/join?scope=".formatted(queue);

    Answer nobodys = stack.call(stack.producers.get(0), "GET", path + "mine", "");
    Answer strange = stack.call(stack.producers.get(0), "GET", path + "yours", "");

    expect(400, nobodys);
    assertEquals("urn:multipod:problem:no-putter", nobodys.json().get("type").asText());
    expect(400, strange);
    assertEquals("urn:multipod:problem:invalid-scope", strange.json().get("type").asText());
    expect(
        400,
        stack.call(stack.producers.get(0), "GET", path + "mine", "", "Multipod-Putter", "A b"));
  }
}
