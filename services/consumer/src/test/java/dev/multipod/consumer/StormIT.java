package dev.multipod.consumer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.multipod.testkit.ServiceProcess;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Queue after queue in a storm of faults: after each, what was heard by those who worked at it and
/// what Kafka has keep every invariant of [History]. `-Dmultipod.soak.queue-faults=500` is how many
/// faults, `-Dmultipod.soak.queue-seconds=300` for how long eight producers press on a queue of
/// three, and `-Dmultipod.seed=…` repeats an order of faults.
class StormIT {
  private static final int FAULTS = Integer.getInteger("multipod.soak.queue-faults", 40);
  private static final int SECONDS = Integer.getInteger("multipod.soak.queue-seconds", 3);
  private static final long SEED = Long.getLong("multipod.seed", System.nanoTime());

  private static final int MAXSIZE = 12;
  private static final int ITEMS = 240;
  private static final int MOST_DELIVERIES = 8;
  private static final List<Integer> BATCHES = List.of(1, 1, 10, 10);
  private static final Duration EACH = Duration.ofMillis(60);

  /// For poison: gets one at a time, so that nothing else is used up along with it.
  private static final int POISONED = 12;

  private static final int FEW_DELIVERIES = 3;

  private final QueueStack stack = QueueStack.get();
  private final Hands hands = new Hands();

  /// The queue that is worked at now, or nothing.
  private final AtomicReference<String> current = new AtomicReference<>("");

  @AfterEach
  void heal() {
    stack.heal();
  }

  @Test
  void nothingThatWasAcceptedIsLostAndEveryPromiseIsKept() throws Exception {
    Storm storm = new Storm(stack, hands, current::get, new Random(SEED));
    int rounds = 0;
    try (ExecutorService thread = Executors.newSingleThreadExecutor()) {
      Future<?> blowing = thread.submit(() -> storm.blow(FAULTS));
      while (!blowing.isDone()) {
        round(storm);
        rounds++;
      }
      blowing.get();
    } catch (AssertionError | ExecutionException e) {
      throw new AssertionError(
          "seed %d, after %s: %s%nthe replicas said:%n%s"
              .formatted(SEED, storm, e.getMessage(), errors()),
          e);
    }

    // When the storm is over, all is well by itself, and nothing is done in vain.
    stack.heal();
    round(storm);

    assertEquals(FAULTS, storm.faults());
    System.out.printf("%d faults in %d rounds, seed %d: %s%n", FAULTS, rounds, SEED, storm);
  }

  @Test
  void eightProducersNeverHaveAFourthItemWaiting() throws Exception {
    long end = System.nanoTime() + Duration.ofSeconds(SECONDS).toNanos();
    Work.Plan plan =
        new Work.Plan(
            8,
            nth -> nth < 24 || System.nanoTime() < end,
            _ -> false,
            List.of(1, 1),
            Duration.ZERO);
    work("three", 3, MOST_DELIVERIES, plan, new Storm(stack, hands, () -> "", new Random(SEED)));
  }

  /// A queue that is full most of the time, and one with poison in it, at once.
  private void round(Storm storm) throws Exception {
    Work.Plan plan = new Work.Plan(4, nth -> nth < ITEMS, _ -> false, BATCHES, EACH);
    Work.Plan poisoned =
        new Work.Plan(1, nth -> nth < POISONED, nth -> nth % 5 == 2, List.of(1, 1), EACH);
    try (ExecutorService thread = Executors.newSingleThreadExecutor()) {
      Future<?> other =
          thread.submit(
              () -> {
                work("poison", MAXSIZE, FEW_DELIVERIES, poisoned, storm);
                return null;
              });
      work("storm", MAXSIZE, MOST_DELIVERIES, plan, storm);
      other.get();
    }
  }

  private void work(String name, int maxsize, int maxDeliveries, Work.Plan plan, Storm storm)
      throws InterruptedException {
    int over = storm.hitsOver();
    String queue =
        Work.queue(
            stack,
            name + "-" + UUID.randomUUID().toString().substring(0, 8),
            maxsize,
            maxDeliveries);
    try (Witness witness = new Witness(stack.broker, queue);
        Work work = new Work(stack, queue, plan, hands)) {
      if (name.equals("storm")) {
        current.set(queue);
      }
      History.Heard heard = work.run();
      current.compareAndSet(queue, "");
      int hits = storm.hitsBegun() - over;
      int inHand = plan.batches().stream().mapToInt(Integer::intValue).sum();
      new History(maxsize, maxDeliveries, heard, witness.sighting(), hits, inHand).check();
    }
  }

  /// What the replicas logged as errors, with where it came from.
  private String errors() {
    return Stream.concat(stack.producers.stream(), stack.consumers.stream())
        .map(ServiceProcess::log)
        .flatMap(List::stream)
        .filter(line -> line.contains("ERROR") || line.startsWith("Caused by"))
        .collect(Collectors.joining("\n"));
  }
}
