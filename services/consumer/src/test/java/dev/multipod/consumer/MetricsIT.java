package dev.multipod.consumer;

import static dev.multipod.consumer.QueueStack.expect;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.multipod.consumer.QueueStack.Answer;
import dev.multipod.testkit.Await;
import dev.multipod.testkit.ServiceProcess;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What an autoscaler and a dashboard read.
class MetricsIT {
  private static final Duration SOON = Duration.ofSeconds(40);
  private static final String OLDEST = "multipod_producer_oldest_age_seconds";
  private final QueueStack stack = QueueStack.get();

  @AfterEach
  void heal() {
    stack.heal();
  }

  @Test
  void anOwnerTellsHowLongTheOldestItemWaitsAndTheConsumerHowLongItDid() {
    String queue = stack.queue("\"maxsize\": 3");
    ServiceProcess owner = stack.producers.get(stack.owner(queue));
    Await.until("nothing waits", SOON, () -> oldest(owner, queue) == 0);
    expect(201, stack.put(0, queue, "slow", "20s"));
    Await.until("it waits for a second", SOON, () -> oldest(owner, queue) >= 1);
    double age = oldest(owner, queue);
    expect(201, stack.put(0, queue, "quick", "20s"));
    assertTrue(oldest(owner, queue) >= age, "a younger item does not make the oldest younger");
    assertEquals(2, read(owner, "multipod_producer_queued", queue).orElseThrow());

    Answer slow = expect(200, stack.take(0, queue, "20s"));
    ServiceProcess consumer = stack.consumers.getFirst();
    assertEquals(1, read(consumer, "multipod_consumer_waited_seconds_count", queue).orElse(0));
    double waited = read(consumer, "multipod_consumer_waited_seconds_sum", queue).orElseThrow();
    assertTrue(waited >= age, () -> waited + " is less than " + age);

    // Given back: it waits again, but not for its first get. The other one may come before it.
    expect(204, stack.acknowledge(0, slow.ackUrl(), "release"));
    Answer one = expect(200, stack.take(0, queue, "20s"));
    Answer other = expect(200, stack.take(0, queue, "20s"));
    assertEquals(Set.of("slow", "quick"), Set.of(one.data(), other.data()));
    assertEquals(2, read(consumer, "multipod_consumer_waited_seconds_count", queue).orElse(0));
    expect(204, stack.acknowledge(0, one.ackUrl(), "done"));
    assertEquals(
        1,
        read(consumer, "multipod_consumer_held_seconds_count", queue, "ending=\"done\"").orElse(0));
    expect(204, stack.acknowledge(0, other.ackUrl(), "done"));
    Await.until("nothing waits any more", SOON, () -> oldest(owner, queue) == 0);
    Await.until(
        "nothing is unfinished",
        SOON,
        () -> read(owner, "multipod_producer_unfinished", queue).orElse(-1) == 0);
  }

  @Test
  void theNextOwnerKnowsHowOldTheOldestIs() {
    String queue = stack.queue("\"maxsize\": 3");
    int owner = stack.owner(queue);
    expect(201, stack.put(owner, queue, "old", "20s"));
    long put = System.nanoTime();
    Await.until("it waits", SOON, () -> oldest(stack.producers.get(owner), queue) >= 1);

    stack.producers.get(owner).kill();

    ServiceProcess next = stack.producers.get(1 - owner);
    Await.until(
        "the next owner tells",
        SOON,
        () -> {
          // Asked for first: whose clock begins with its own term stays behind by all that was
          // before.
          double since = (System.nanoTime() - put) / 1e9;
          return oldest(next, queue) >= since - 0.5;
        });
  }

  private OptionalDouble read(ServiceProcess process, String name, String queue, String... labels) {
    List<String> all = new ArrayList<>(List.of(labels));
    all.add("queue=\"" + queue + "\"");
    return stack.sample(process, name, all.toArray(String[]::new));
  }

  private double oldest(ServiceProcess producer, String queue) {
    return read(producer, OLDEST, queue).orElse(-1);
  }
}
