package dev.multipod.producer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class BacklogTest {
  private final AtomicLong now = new AtomicLong(1000);
  private final InstantSource clock = () -> Instant.ofEpochMilli(now.get());
  private final Backlog backlog = new Backlog(2, new Waiting(), clock);

  private static boolean isReserved(Backlog.Place place) {
    return place.reserved().getNow(false);
  }

  private static Waiting since(long millis, long... offsets) {
    Waiting waiting = new Waiting();
    for (long offset : offsets) {
      waiting.add(offset, millis);
    }
    return waiting;
  }

  @Test
  void placesAreGivenInTheOrderOfTheCalls() {
    backlog.ask();
    backlog.ask();
    backlog.admitted(0);
    backlog.admitted(1);
    Backlog.Place third = backlog.ask();
    Backlog.Place fourth = backlog.ask();

    backlog.taken(0, 0);

    assertTrue(isReserved(third));
    assertFalse(isReserved(fourth));
    assertEquals(2, backlog.queued());
  }

  @Test
  void aPlaceThatIsGivenUpGoesToTheNext() {
    Backlog.Place first = backlog.ask();
    backlog.ask();
    Backlog.Place third = backlog.ask();

    backlog.giveUp(first);

    assertTrue(isReserved(third));
  }

  @Test
  void aCallerThatLeavesTheLineGetsNoPlace() {
    backlog.ask();
    backlog.ask();
    Backlog.Place third = backlog.ask();
    Backlog.Place fourth = backlog.ask();
    backlog.giveUp(third);

    backlog.admitted(0);
    backlog.taken(0, 0);

    assertFalse(isReserved(third));
    assertTrue(isReserved(fourth));
  }

  @Test
  void aNoticeThatOvertakesTheAcknowledgementFreesThePlace() {
    backlog.ask();
    backlog.taken(7, 7);
    backlog.admitted(7);

    assertEquals(0, backlog.queued());
  }

  @Test
  void aNoticeOfSeveralItemsFreesTheirPlaces() {
    backlog.ask();
    backlog.ask();
    backlog.admitted(0);
    backlog.admitted(1);
    Backlog.Place third = backlog.ask();
    Backlog.Place fourth = backlog.ask();

    backlog.taken(0, 1);

    assertTrue(isReserved(third));
    assertTrue(isReserved(fourth));
  }

  @Test
  void aNoticeFreesItsPlaceOnce() {
    backlog.ask();
    backlog.ask();
    backlog.admitted(0);
    backlog.admitted(1);

    backlog.taken(0, 0);
    backlog.taken(0, 0);
    Backlog.Place third = backlog.ask();
    Backlog.Place fourth = backlog.ask();

    assertTrue(isReserved(third));
    assertFalse(isReserved(fourth));
  }

  @Test
  void whatIsFinishedHoldsNoPlaceWithoutANoticeToo() {
    Backlog restored = new Backlog(2, since(0, 4, 5), clock);

    restored.finishedBefore(5);

    assertEquals(1, restored.queued());
    assertTrue(isReserved(restored.ask()));
  }

  @Test
  void afterItsEndNobodyGetsAPlace() {
    backlog.ask();
    backlog.ask();
    Backlog.Place waiting = backlog.ask();

    backlog.end();

    assertFalse(isReserved(waiting));
    assertFalse(isReserved(backlog.ask()));
  }

  @Test
  void aMaxsizeOfZeroIsNoBound() {
    Backlog unbounded = new Backlog(0, new Waiting(), clock);
    for (int i = 0; i < 1000; i++) {
      assertTrue(isReserved(unbounded.ask()));
    }
  }

  @Test
  void theOldestIsTheFirstThatWasNotTaken() {
    Backlog inherited = new Backlog(0, since(400, 7), clock);
    inherited.ask();
    inherited.admitted(8);
    assertEquals(Duration.ofMillis(600), inherited.oldestAge());
    now.addAndGet(50);

    inherited.taken(7, 7);

    assertEquals(Duration.ofMillis(50), inherited.oldestAge());
    inherited.finishedBefore(9);
    assertEquals(Duration.ZERO, inherited.oldestAge());
  }

  @Test
  void noItemIsOlderThanZeroWhenClocksDiffer() {
    assertEquals(Duration.ZERO, new Backlog(0, since(5000, 0), clock).oldestAge());
  }
}
