package dev.multipod.kit.wait;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.multipod.kit.problem.Problem;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class LongPollTest {
  private static final Duration LONG = Duration.ofSeconds(30);

  private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
  private final LongPoll poll = new LongPoll(new Limits(LONG, 2), metrics);
  private final Signal signal = new Signal();

  private record Limits(Duration max, int callers) implements WaitLimits {}

  @Test
  void itReturnsAtOnceWhenTheAnswerIsThere() throws Exception {
    assertEquals(Optional.of(1), poll.await(signal, LONG, LONG, () -> Optional.of(1)));
  }

  @Test
  void itLooksOnceAndDoesNotWaitWhenTheTimeoutIsZero() throws Exception {
    AtomicInteger looks = new AtomicInteger();
    Optional<Integer> found =
        poll.await(
            signal,
            Duration.ZERO,
            LONG,
            () -> {
              looks.incrementAndGet();
              return Optional.<Integer>empty();
            });
    assertFalse(found.isPresent());
    assertEquals(1, looks.get());
  }

  @Test
  void aChangeBetweenTheLookAndTheWaitIsNotMissed() throws Exception {
    AtomicInteger looks = new AtomicInteger();
    Optional<Integer> found =
        poll.await(
            signal,
            LONG,
            LONG,
            () -> {
              if (looks.incrementAndGet() == 1) {
                signal.raise(); // happens after the look has seen nothing
                return Optional.empty();
              }
              return Optional.of(looks.get());
            });
    assertEquals(Optional.of(2), found);
  }

  @Test
  void itLooksAgainWithoutASignalAfterTheRecheckTime() throws Exception {
    AtomicInteger looks = new AtomicInteger();
    Optional<Integer> found =
        poll.await(
            signal,
            LONG,
            Duration.ofMillis(5),
            () -> looks.incrementAndGet() < 3 ? Optional.empty() : Optional.of(looks.get()));
    assertEquals(Optional.of(3), found);
  }

  @Test
  void aThirdCallerIsTurnedAwayAndCountedWhenTwoMayWait() throws Exception {
    CountDownLatch waiting = new CountDownLatch(2);
    try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Optional<Integer>>> both = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        AtomicInteger looks = new AtomicInteger();
        both.add(
            callers.submit(
                () ->
                    poll.await(
                        signal,
                        LONG,
                        Duration.ofMillis(1),
                        () -> {
                          if (looks.incrementAndGet() == 2) {
                            waiting.countDown(); // the second look happens inside the wait
                          }
                          return signal.version() > 0 ? Optional.of(1) : Optional.empty();
                        })));
      }
      waiting.await();
      Problem refused =
          assertThrows(Problem.class, () -> poll.await(signal, LONG, LONG, Optional::empty));
      assertEquals(503, refused.status());
      assertEquals("too-many-waiters", refused.slug());
      assertTrue(refused.retryAfterSeconds().isPresent());
      assertEquals(1, metrics.counter("multipod.wait.refused").count());
      signal.raise();
      for (Future<Optional<Integer>> one : both) {
        assertEquals(Optional.of(1), one.get());
      }
    }
  }

  @Test
  void aTimeoutBeyondTheLimitIsCutToIt() {
    assertEquals(LONG, poll.bounded(Duration.ofHours(1)));
    assertEquals(Duration.ofMillis(1), poll.bounded(Duration.ofMillis(1)));
  }
}
