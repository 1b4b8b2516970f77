package dev.multipod.consumer;

import static dev.multipod.consumer.QueueStack.expect;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.multipod.consumer.QueueStack.Answer;
import dev.multipod.testkit.ServiceProcess;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class FifoIT {
  private final QueueStack stack = QueueStack.get();

  @AfterEach
  void heal() {
    stack.heal();
  }

  @Test
  void nobodyGetsAnItemWhileOneBeforeItIsInHand() {
    Numbers numbers = new Numbers(stack, 3, "");
    Numbers.Batch first = numbers.takeMany(0, 1, "20s").orElseThrow();

    for (int consumer = 0; consumer < 2; consumer++) {
      expect(204, stack.take(consumer, numbers.queue, "1s"));
      expect(204, stack.take(consumer, numbers.queue, "0s"));
    }
    expect(204, numbers.done(1, first));

    assertEquals(List.of(1), numbers.takeMany(1, 1, "20s").orElseThrow().items());
  }

  @Test
  void loopsOfOtherReplicasStandByWithoutAskingTheBroker() {
    Numbers numbers = new Numbers(stack, 12, "");
    Numbers.Batch first = numbers.takeMany(0, 1, "20s").orElseThrow();
    // By its key a run belongs to a replica.
    List<String> runs = new ArrayList<>();
    while (stack.consumers.stream().anyMatch(each -> isWithoutRun(each, runs))) {
      assertTrue(runs.size() < 20, runs::toString);
      runs.add(beginLoops(numbers.queue, "key-" + runs.size()));
    }
    expect(202, stack.join(0, numbers.queue, "4s"));
    expect(204, numbers.done(0, first));

    expect(200, stack.join(0, numbers.queue, "60s"));

    int eaten = 0;
    for (String run : runs) {
      eaten +=
          expect(200, stack.call(stack.consumers.get(0), "DELETE", run, ""))
              .json()
              .path("eaten")
              .asInt();
    }
    assertEquals(11, eaten);
    String turn = "event=not-in-turn queue=" + numbers.queue;
    for (ServiceProcess consumer : stack.consumers) {
      assertEquals(List.of(), consumer.log().stream().filter(l -> l.contains(turn)).toList());
    }
  }

  private static boolean isWithoutRun(ServiceProcess consumer, List<String> runs) {
    return runs.stream().noneMatch(run -> run.contains("/" + consumer.name() + "."));
  }

  private String beginLoops(String queue, String key) {
    String plan = "{\"queue\": \"%s\", \"loops\": 1, \"each\": \"10ms\"}".formatted(queue);
    return expect(
            201,
            stack.call(
                stack.consumers.getFirst(),
                "POST",
                "/consumer/runs",
                plan,
                "Idempotency-Key",
                queue + key))
        .json()
        .path("url")
        .asText();
  }

  @Test
  void anOrderThatThereIsNotIsRefused() {
    Answer answer =
        stack.call(
            stack.producers.getFirst(), "PUT", "/producer/queues/strange", "{\"order\": \"lifo\"}");

    expect(422, answer);
    assertEquals("order", answer.json().get("member").asText());
  }

  @Test
  void aQueueSaysInWhichOrderItIs() {
    String fifo = stack.queue(Numbers.FIFO);
    String work = stack.queue("");

    assertEquals("fifo", stack.look(0, fifo).get("order").asText());
    assertEquals("work", stack.look(1, work).get("order").asText());
    expect(409, stack.call(stack.producers.get(0), "PUT", "/producer/queues/" + fifo, "{}"));
  }

  @Test
  void aKilledHoldersItemComesBeforeThoseBehindIt() throws Exception {
    dieWith(1);
  }

  @Test
  void aKilledHoldersBatchComesBeforeThoseBehindIt() throws Exception {
    dieWith(10);
  }

  private void dieWith(int inHand) throws Exception {
    Numbers numbers = new Numbers(stack, 30, "");
    Numbers.Batch lost = numbers.takeMany(0, inHand, "20s").orElseThrow();
    int holder = numbers.holder(lost.ackUrl());
    int other = 1 - holder;
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> waiting = new ArrayList<>();
      for (int taker = 0; taker < 5; taker++) {
        waiting.add(threads.submit(() -> eatOne(other, numbers)));
      }
      stack.consumers.get(holder).kill();
      for (Future<?> each : waiting) {
        each.get();
      }
    }

    numbers.eatRest(other, 4);

    assertEquals(30, numbers.history.seen().size());
    stack.consumers.get(holder).restart();
    expect(409, stack.acknowledge(other, lost.ackUrl(), "done"));
  }

  /// Whoever was passed on to a replica that dies gets an item from the next one.
  private void eatOne(int consumer, Numbers numbers) {
    numbers.takeMany(consumer, 3, "20s").ifPresent(batch -> numbers.done(consumer, batch));
  }

  @Test
  void aHolderThatIsStoppedPastItsLeaseHasLostIt() {
    Numbers numbers = new Numbers(stack, 5, ", \"lease\": \"3s\"");
    Numbers.Batch held = numbers.takeMany(0, 2, "20s").orElseThrow();
    int holder = numbers.holder(held.ackUrl());
    int other = 1 - holder;
    stack.consumers.get(holder).pause();

    Numbers.Batch again = Numbers.eventually(() -> numbers.takeMany(other, 1, "10s"));
    assertEquals(List.of(0), again.items());
    expect(204, numbers.done(other, again));
    stack.consumers.get(holder).resume();

    expect(409, stack.acknowledge(other, held.ackUrl(), "done"));
    numbers.eatRest(other, 1);
  }

  @Test
  void anItemThatIsReleasedOutOfABatchComesFirstWhenTheBatchHasEnded() {
    Numbers numbers = new Numbers(stack, 8, "");
    Numbers.Batch batch = numbers.takeMany(0, 5, "20s").orElseThrow();
    assertEquals(List.of(0, 1, 2, 3, 4), batch.items());

    expect(204, stack.acknowledge(1, batch.each().get(2), "release"));
    expect(204, stack.take(0, numbers.queue, "1s"));
    expect(204, stack.take(1, numbers.queue, "1s"));
    for (int n : List.of(4, 0, 3, 1)) {
      numbers.history.finishing(n);
      expect(204, stack.acknowledge(1, batch.each().get(n), "done"));
    }

    Numbers.Batch next = numbers.takeMany(1, 5, "20s").orElseThrow();
    assertEquals(2, next.items().getFirst());
    expect(204, numbers.done(0, next));
    numbers.eatRest(0, 3);
  }

  @Test
  void aReleasedItemComesAgainBeforeThoseBehindItAndPoisonHoldsThemUpUntilItIsDead() {
    Numbers numbers = new Numbers(stack, 3, ", \"maxDeliveries\": 3");
    for (int time = 1; time <= 3; time++) {
      Numbers.Batch poison = numbers.takeMany(time % 2, 1, "20s").orElseThrow();
      assertEquals(List.of(0), poison.items());
      expect(204, stack.acknowledge(0, poison.ackUrl(), "release"));
    }
    numbers.history.finishing(0);

    assertEquals(List.of(1), numbers.takeMany(0, 1, "30s").orElseThrow().items());
    JsonNode letters = numbers.letters();
    assertEquals(1, letters.get("total").asInt(), letters::toString);
  }

  @Test
  void theOrderOutlivesTheBroker() {
    Numbers numbers = new Numbers(stack, 12, "");
    numbers.done(0, numbers.takeMany(0, 3, "20s").orElseThrow());
    Numbers.Batch held = numbers.takeMany(0, 3, "20s").orElseThrow();
    stack.broker.kill();
    stack.broker.restart();

    Numbers.Batch again = Numbers.eventually(() -> numbers.takeMany(1, 3, "10s"));

    assertEquals(held.items().getFirst(), again.items().getFirst());
    stack.acknowledge(0, again.ackUrl(), "release");
    numbers.eatRest(1, 5);
  }

  @Test
  void theEndOfAnOwnersTransactionIsNoGapInTheOrder() {
    Numbers numbers = new Numbers(stack, 3, "");
    int owner = stack.owner(numbers.queue);
    int other = 1 - owner;
    stack.producers.get(owner).kill();
    expect(201, stack.put(other, numbers.queue, "3", "60s"));
    expect(201, stack.put(other, numbers.queue, "4", "60s"));
    stack.producers.get(owner).restart();

    numbers.eatRest(0, 10);

    assertEquals(5, numbers.history.seen().size());
  }
}
