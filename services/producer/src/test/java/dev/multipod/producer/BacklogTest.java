package dev.multipod.producer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Set;
import org.junit.jupiter.api.Test;

class BacklogTest {
  private final Backlog backlog = new Backlog(2, Set.of());

  private static boolean isReserved(Backlog.Place place) {
    return place.reserved().getNow(false);
  }

  @Test
  void placesAreGivenInTheOrderOfTheCalls() {
    backlog.ask();
    backlog.ask();
    backlog.admitted(0);
    backlog.admitted(1);
    Backlog.Place third = backlog.ask();
    Backlog.Place fourth = backlog.ask();

    backlog.taken(0);

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
    backlog.taken(0);

    assertFalse(isReserved(third));
    assertTrue(isReserved(fourth));
  }

  @Test
  void aNoticeThatOvertakesTheAcknowledgementFreesThePlace() {
    backlog.ask();
    backlog.taken(7);
    backlog.admitted(7);

    assertEquals(0, backlog.queued());
  }

  @Test
  void aNoticeFreesItsPlaceOnce() {
    backlog.ask();
    backlog.ask();
    backlog.admitted(0);
    backlog.admitted(1);

    backlog.taken(0);
    backlog.taken(0);
    Backlog.Place third = backlog.ask();
    Backlog.Place fourth = backlog.ask();

    assertTrue(isReserved(third));
    assertFalse(isReserved(fourth));
  }

  @Test
  void whatIsFinishedHoldsNoPlaceWithoutANoticeToo() {
    Backlog restored = new Backlog(2, Set.of(4L, 5L));

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
    Backlog unbounded = new Backlog(0, Set.of());
    for (int i = 0; i < 1000; i++) {
      assertTrue(isReserved(unbounded.ask()));
    }
  }
}
