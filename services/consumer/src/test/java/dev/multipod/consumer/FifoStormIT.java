package dev.multipod.consumer;

import static dev.multipod.consumer.QueueStack.attempt;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.multipod.testkit.ServiceProcess;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class FifoStormIT {
  private final QueueStack stack = QueueStack.get();

  @AfterEach
  void heal() {
    stack.heal();
  }

  @Test
  void sixtyFourTakersAtTwoReplicasKeepTheOrderWhateverTheyDo() throws Exception {
    Numbers numbers = new Numbers(stack, 30, ", \"lease\": \"2s\", \"maxDeliveries\": 8");
    AtomicBoolean eaten = new AtomicBoolean();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> takers = new ArrayList<>();
      for (int taker = 0; taker < 64; taker++) {
        int number = taker;
        takers.add(threads.submit(() -> takeUntil(eaten, number, numbers)));
      }
      try {
        stack.join(0, numbers.queue, "500ms");
        ServiceProcess victim = stack.consumers.get(0);
        numbers.put(60);
        victim.kill();
        stack.join(0, numbers.queue, "2s");
        victim.restart();
        numbers.put(60);
        stack.consumers.get(1).pause();
        stack.join(0, numbers.queue, "4s");
        stack.consumers.get(1).resume();
        numbers.put(30);
        long deadline = System.nanoTime() + Numbers.PATIENCE.toNanos();
        while (stack.join(1, numbers.queue, "5s").status() != 200) {
          assertTrue(
              System.nanoTime() < deadline, () -> "not eaten: " + stack.look(0, numbers.queue));
        }
      } finally {
        eaten.set(true);
      }
      for (Future<?> taker : takers) {
        taker.get();
      }
    }

    Set<Integer> dead = numbers.dead();
    assertEquals(List.of(), numbers.history.violations(dead));
    Set<Integer> all = new HashSet<>(dead);
    all.addAll(numbers.history.seen());
    assertEquals(180, all.size());
  }

  /// Takes one item or a few; mostly says done, now and then releases, or lets the lease run out.
  private void takeUntil(AtomicBoolean over, int number, Numbers numbers) {
    Random random = new Random(number);
    while (!over.get()) {
      int replica = random.nextInt(2);
      int max = random.nextBoolean() ? 1 : 4;
      try {
        numbers
            .takeMany(replica, max, "2s")
            .ifPresent(batch -> end(random.nextInt(20), replica, numbers, batch));
      } catch (UncheckedIOException e) {
        // The replica is dead; the next round may be at the other one.
        Objects.requireNonNull(e.getCause(), e::toString);
      }
    }
  }

  private void end(int how, int replica, Numbers numbers, Numbers.Batch batch) {
    if (how == 0) {
      return;
    }
    if (how == 1) {
      attempt(() -> stack.acknowledge(replica, batch.ackUrl(), "release"));
      return;
    }
    attempt(() -> numbers.done(replica, batch));
  }
}
