package dev.multipod.consumer;

import static dev.multipod.consumer.QueueStack.expect;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import dev.multipod.consumer.QueueStack.Answer;
import dev.multipod.testkit.Await;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RedriveFaultsIT {
  private static final Duration SOON = Duration.ofSeconds(40);
  private final QueueStack stack = QueueStack.get();

  @AfterEach
  void heal() {
    stack.heal();
  }

  private Answer redrive(int producer, String queue, String timeout, String key) {
    return stack.call(
        stack.producers.get(producer),
        "POST",
        "/producer/queues/%s/dlq/redrive?timeout=%s".formatted(queue, timeout),
        "",
        "Idempotency-Key",
        key);
  }

  private JsonNode letters(int producer, String queue) {
    return stack
        .call(stack.producers.get(producer), "GET", "/producer/queues/" + queue + "/dlq", "")
        .json();
  }

  /// The queue's owner, killed when it has put two of four letters back and waits for more places.
  private void killedInTheMiddle(int owner, String queue, Runnable meanwhile) {
    for (String item : List.of("a", "b", "c", "d")) {
      expect(201, stack.put(0, queue, item, "30s"));
      expect(204, stack.acknowledge(0, stack.take(0, queue, "30s").ackUrl(), "reject"));
    }
    meanwhile.run();
    Await.until(
        "two are back", SOON, () -> stack.look(1 - owner, queue).get("queued").asInt() == 2);
    assertEquals(4, letters(1 - owner, queue).get("total").asInt());
    stack.producers.get(owner).kill();
  }

  private List<String> eat(String queue, int items) {
    List<String> eaten = new ArrayList<>();
    while (eaten.size() < items) {
      Answer item = expect(200, stack.take(0, queue, "60s"));
      expect(204, stack.acknowledge(1, item.ackUrl(), "done"));
      eaten.add(item.data());
    }
    return eaten;
  }

  @Test
  void aRedriveWhoseOwnerIsKilledInTheMiddleGoesOnAtTheNextOwner() throws Exception {
    String queue = stack.queue("\"maxsize\": 2");
    int owner = stack.owner(queue);
    int other = 1 - owner;
    List<Future<Answer>> calls = new ArrayList<>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      killedInTheMiddle(
          owner, queue, () -> calls.add(threads.submit(() -> redrive(other, queue, "60s", "key"))));

      assertEquals(List.of("a", "b", "c", "d"), eat(queue, 4));
      JsonNode answer = expect(200, calls.getFirst().get()).json();
      assertEquals(4, answer.get("redriven").asInt());
      assertEquals(0, answer.get("remaining").asInt());
    }
    assertEquals(0, letters(other, queue).get("total").asInt());
    expect(200, stack.join(other, queue, "30s"));
    expect(204, stack.take(0, queue, "0s"));
  }

  @Test
  void whatAKilledOwnerPutBackIsNotPutBackByAnotherCall() throws Exception {
    String queue = stack.queue("\"maxsize\": 2");
    int owner = stack.owner(queue);
    int other = 1 - owner;
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      killedInTheMiddle(
          owner,
          queue,
          () ->
              threads.execute(
                  () -> QueueStack.attempt(() -> redrive(owner, queue, "60s", "lost"))));

      assertEquals(List.of("a", "b"), eat(queue, 2));
      // The two of the killed owner are known, and only taken away.
      Answer answer = redrive(other, queue, "30s", "key");
      assertEquals(2, expect(200, answer).json().get("redriven").asInt());
    }
    assertEquals(0, letters(other, queue).get("total").asInt());
    assertEquals(List.of("c", "d"), eat(queue, 2));
    expect(200, stack.join(other, queue, "30s"));
    expect(204, stack.take(0, queue, "0s"));
  }
}
