package dev.multipod.consumer;

import static dev.multipod.consumer.QueueStack.expect;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.multipod.consumer.QueueStack.Answer;
import dev.multipod.testkit.Await;
import dev.multipod.testkit.FaultyProxy;
import dev.multipod.testkit.ServiceProcess;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What happens to consumers again and again, or for long.
class ConsumerFaultsIT {
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final Duration CUT = Duration.ofSeconds(10);
  private static final Duration DRAIN = Duration.ofSeconds(30);

  private final QueueStack stack = QueueStack.get();

  @AfterEach
  void heal() {
    stack.heal();
  }

  @Test
  void anItemThatKillsItsConsumerAtEachDeliveryGoesToTheDeadLettersAndNoOther() {
    String queue = stack.queue("\"maxDeliveries\": 3");
    String dead = "multipod.queue." + queue + ".dlq";
    expect(201, stack.put(0, queue, "poison", "0s"));
    expect(201, stack.put(1, queue, "good", "0s"));

    for (int delivery = 1; delivery <= 3; delivery++) {
      int consumer = delivery % 2;
      Answer poison = expect(200, stack.take(consumer, queue, "30s"));
      assertEquals("poison", poison.data());
      assertEquals(delivery, poison.json().get("deliveries").asInt());
      assertEquals(0, stack.end(dead));
      stack.consumers.get(consumer).kill();
      stack.consumers.get(consumer).restart();
    }

    Answer good = expect(200, stack.take(0, queue, "30s"));
    assertEquals("good", good.data());
    assertEquals(1, good.json().get("deliveries").asInt());
    expect(204, stack.acknowledge(1, good.ackUrl(), "done"));
    expect(200, stack.join(0, queue, "30s"));
    assertEquals(1, stack.end(dead));
  }

  @Test
  void tenStopsInARowLoseNothing() {
    String queue = stack.queue("\"maxDeliveries\": 8");
    Set<String> finished = new HashSet<>();
    for (int stop = 0; stop < 10; stop++) {
      ServiceProcess stopped = stack.consumers.get(stop % 2);
      int other = 1 - stop % 2;
      expect(201, stack.put(0, queue, "item-" + stop, "0s"));
      Answer held = expect(200, stack.take(stop % 2, queue, "30s"));

      assertTrue(stopped.stop(DRAIN), () -> String.join("\n", stopped.log()));

      expect(202, stack.join(0, queue, "0s"));
      Answer again = expect(200, stack.take(other, queue, "30s"));
      assertEquals(held.data(), again.data());
      assertEquals(2, again.json().get("deliveries").asInt());
      expect(204, stack.acknowledge(other, again.ackUrl(), "done"));
      assertTrue(finished.add(again.data()));
      stopped.restart();
    }
    expect(200, stack.join(1, queue, "30s"));
    assertEquals(10, finished.size());
    expect(204, stack.take(0, queue, "0s"));
  }

  @Test
  void nothingIsConfirmedWhileTheBrokerIsDead() {
    String queue = stack.queue("\"lease\": \"60s\"");
    List<Answer> held = new ArrayList<>();
    for (int item = 0; item < 8; item++) {
      expect(201, stack.put(0, queue, "item-" + item, "0s"));
      held.add(expect(200, stack.take(0, queue, "30s")));
    }
    List<Answer> told = new ArrayList<>();
    stack.broker.kill();
    try {
      // One after the other: the client's idea of the broker changes with time.
      held.forEach(lease -> told.add(stack.acknowledge(0, lease.ackUrl(), "done")));
    } finally {
      stack.broker.restart();
    }

    told.forEach(answer -> assertEquals(503, answer.status(), told::toString));
    Set<String> again = new HashSet<>();
    Await.until(
        "all of them come again",
        SOON,
        () -> {
          Answer next = stack.take(1, queue, "5s");
          if (next.status() == 200 && stack.acknowledge(1, next.ackUrl(), "done").status() == 204) {
            again.add(next.data());
          }
          return again.size() == held.size();
        });
    expect(200, stack.join(0, queue, "30s"));
  }

  @Test
  void aConsumerCutOffForTenSecondsLosesItsLeaseAndServesAgain() {
    String queue = stack.queue("\"lease\": \"5s\"");
    expect(201, stack.put(0, queue, "a", "0s"));
    Answer lost = expect(200, stack.take(0, queue, "30s"));
    FaultyProxy network = stack.consumerNetworks.get(0);

    long begun = System.nanoTime();
    network.blackHole();
    Answer again = expect(200, stack.take(1, queue, "30s"));
    assertEquals("a", again.data());
    assertEquals(2, again.json().get("deliveries").asInt());
    expect(202, stack.join(0, queue, "0s"));
    expect(204, stack.acknowledge(1, again.ackUrl(), "done"));
    int late = stack.acknowledge(1, lost.ackUrl(), "done").status();
    assertTrue(late == 409 || late == 503, () -> "done over a cut network: " + late);
    Await.until("the cut is over", SOON, () -> System.nanoTime() - begun > CUT.toNanos());
    network.heal();

    expect(409, stack.acknowledge(1, lost.ackUrl(), "done"));
    expect(200, stack.join(0, queue, "30s"));
    expect(201, stack.put(1, queue, "b", "0s"));
    Await.until(
        "the consumer that was cut off gets again",
        SOON,
        () -> {
          Answer next = stack.take(0, queue, "5s");
          return next.status() == 200
              && next.data().equals("b")
              && stack.acknowledge(0, next.ackUrl(), "done").status() == 204;
        });
    expect(200, stack.join(1, queue, "30s"));
  }
}
