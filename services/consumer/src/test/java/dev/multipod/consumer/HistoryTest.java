package dev.multipod.consumer;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.multipod.consumer.History.Execution;
import dev.multipod.consumer.History.Item;
import dev.multipod.consumer.History.Join;
import dev.multipod.consumer.History.Letter;
import dev.multipod.consumer.History.Notices;
import dev.multipod.consumer.History.Outcome;
import dev.multipod.consumer.History.Put;
import dev.multipod.consumer.History.Wish;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/// The checker is checked: a good history passes, and each bad one is noticed by its invariant.
class HistoryTest {
  private static final int MAXSIZE = 2;
  private static final int MAX_DELIVERIES = 2;

  // Four items in a queue of two: `a` done, `b` in hand when its consumer was killed and done the
  // second time, `c` rejected, `poison-d` given back twice.
  private final List<Put> puts =
      new ArrayList<>(
          List.of(
              new Put("a", "0-0", 10),
              new Put("a", "0-0", 12),
              new Put("b", "0-1", 11),
              new Put("c", "0-2", 30),
              new Put("poison-d", "0-3", 50)));
  private final List<Execution> executions =
      new ArrayList<>(
          List.of(
              execution("0-0", "a", 1, 15, Wish.DONE, Outcome.CONFIRMED),
              execution("0-1", "b", 1, 20, Wish.DONE, Outcome.LOST),
              execution("0-1", "b", 2, 40, Wish.DONE, Outcome.CONFIRMED),
              execution("0-2", "c", 1, 45, Wish.REJECT, Outcome.CONFIRMED),
              execution("0-3", "poison-d", 1, 60, Wish.RELEASE, Outcome.CONFIRMED),
              execution("0-3", "poison-d", 2, 70, Wish.RELEASE, Outcome.CONFIRMED)));
  private final List<Join> joins = new ArrayList<>(List.of(new Join(80, 90)));
  private final List<Item> items =
      new ArrayList<>(
          List.of(
              new Item(0, "0-0", "a", 1000, false),
              new Item(1, "0-1", "b", 1001, false),
              new Item(2, "0-2", "c", 1005, false),
              new Item(3, "0-3", "poison-d", 1008, false)));
  private final Map<Long, Notices> taken =
      new TreeMap<>(
          Map.of(
              0L, new Notices(1002, 1),
              1L, new Notices(1006, 2),
              2L, new Notices(1010, 1),
              3L, new Notices(1012, 2)));
  private final List<Letter> letters =
      new ArrayList<>(
          List.of(
              new Letter("0-2", "c", "rejected", 1),
              new Letter("0-3", "poison-d", "deliveries", 2)));
  private int hits = 1;

  private static Execution execution(
      String id, String key, int deliveries, long asked, Wish wish, Outcome outcome) {
    return new Execution(id, key, deliveries, asked, asked + 2, asked + 4, wish, outcome);
  }

  private void check() {
    new History(
            MAXSIZE,
            MAX_DELIVERIES,
            new History.Heard(puts, executions, joins),
            new History.Sighting(items, taken, letters),
            hits,
            1)
        .check();
  }

  private void assertNoticed(String invariant) {
    AssertionError noticed = assertThrows(AssertionError.class, this::check);
    assertTrue(noticed.toString().contains(invariant + ":"), noticed::toString);
  }

  @Test
  void aGoodHistoryPasses() {
    check();
  }

  @Test
  void aKeyWithTwoItemsIsNoticed() {
    items.add(new Item(4, "0-4", "a", 1020, false));
    assertNoticed("Q1");
  }

  @Test
  void anAnswerThatNamesAnotherItemIsNoticed() {
    puts.set(1, new Put("a", "0-9", 12));
    assertNoticed("Q1");
  }

  @Test
  void anItemThatNobodyPutIsNoticed() {
    items.add(new Item(4, "0-4", "e", 1020, false));
    assertNoticed("Q1");
  }

  @Test
  void anAcceptedItemThatIsNotThereIsNoticed() {
    puts.add(new Put("e", "0-4", 55));
    assertNoticed("Q1");
  }

  @Test
  void anItemThatComesWithAnotherIdIsNoticed() {
    executions.set(0, execution("0-9", "a", 1, 15, Wish.DONE, Outcome.CONFIRMED));
    assertNoticed("Q1");
  }

  @Test
  void anItemThatNobodyEverGotIsNoticed() {
    executions.removeFirst();
    assertNoticed("Q2");
  }

  @Test
  void anItemThatWasOnlyGivenBackIsNoticed() {
    executions.set(0, execution("0-0", "a", 1, 15, Wish.RELEASE, Outcome.CONFIRMED));
    assertNoticed("Q2");
  }

  @Test
  void anItemWhoseLastHolderHeardThatItIsSomebodyElsesIsNoticed() {
    executions.remove(2);
    assertNoticed("Q2");
  }

  @Test
  void anItemThatIsDoneTwiceIsNoticed() {
    executions.set(1, execution("0-1", "b", 1, 20, Wish.DONE, Outcome.CONFIRMED));
    assertNoticed("Q3");
  }

  @Test
  void anItemThatIsGotAfterItWasDoneIsNoticed() {
    executions.add(execution("0-0", "a", 2, 25, Wish.RELEASE, Outcome.CONFIRMED));
    assertNoticed("Q3");
  }

  @Test
  void anItemThatHadToBePutAgainMayBeThereTwice() {
    items.add(new Item(4, "0-0", "a", 1015, true));
    taken.put(4L, new Notices(1016, 1));
    executions.add(execution("0-0", "a", 2, 65, Wish.DONE, Outcome.CONFIRMED));
    check();
  }

  @Test
  void aThirdItemThatWaitsIsNoticed() {
    taken.put(0L, new Notices(1006, 1));
    assertNoticed("Q4");
  }

  @Test
  void aThirdItemAfterOneThatWasNeverTakenIsNoticed() {
    taken.remove(0L);
    assertNoticed("Q4");
  }

  @Test
  void anItemThatWasPutAgainHoldsNoPlaceNorDoesItsCopy() {
    taken.remove(0L);
    items.add(2, new Item(2, "0-0", "a", 1003, true));
    items.set(3, new Item(3, "0-2", "c", 1005, false));
    items.set(4, new Item(4, "0-3", "poison-d", 1008, false));
    taken.put(3L, new Notices(1010, 1));
    taken.put(4L, new Notices(1012, 2));
    check();
  }

  @Test
  void aJoinBeforeTheLastItemIsDoneIsNoticed() {
    joins.add(new Join(35, 41));
    assertNoticed("Q5");
  }

  @Test
  void aJoinThatWasAskedBeforeAnItemWasAcceptedNeedNotWaitForIt() {
    joins.add(new Join(5, 19));
    check();
  }

  @Test
  void aDeadLetterThatNobodyRejectedIsNoticed() {
    letters.add(new Letter("0-0", "a", "rejected", 1));
    assertNoticed("Q6");
  }

  @Test
  void aDeadLetterThatWasNotHandedOutOftenEnoughIsNoticed() {
    taken.put(3L, new Notices(1012, 1));
    assertNoticed("Q6");
  }

  @Test
  void aDeadLetterOfAnItemThatWasDoneIsNoticed() {
    letters.add(new Letter("0-1", "b", "deliveries", 2));
    assertNoticed("Q6");
  }

  @Test
  void poisonThatIsNoDeadLetterIsNoticed() {
    executions.add(execution("0-3", "poison-d", 2, 75, Wish.DONE, Outcome.CONFIRMED));
    letters.removeLast();
    assertNoticed("Q6");
  }

  @Test
  void anItemThatIsHandedOutTooOftenIsNoticed() {
    executions.set(2, execution("0-1", "b", 3, 40, Wish.DONE, Outcome.CONFIRMED));
    assertNoticed("Q6");
  }

  @Test
  void workThatIsLostWithoutAFaultIsNoticed() {
    hits = 0;
    assertNoticed("Q7");
  }
}
