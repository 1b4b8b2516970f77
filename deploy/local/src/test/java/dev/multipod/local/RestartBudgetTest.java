package dev.multipod.local;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class RestartBudgetTest {
  private final RestartBudget budget = new RestartBudget();

  @Test
  void pausesGrowUntilTheBudgetIsSpent() {
    assertEquals(Duration.ofMillis(200), budget.died(0).orElseThrow());
    assertEquals(Duration.ofMillis(400), budget.died(1).orElseThrow());
    assertEquals(Duration.ofMillis(800), budget.died(2).orElseThrow());
    assertEquals(Duration.ofMillis(1600), budget.died(3).orElseThrow());
    assertEquals(Duration.ofMillis(3200), budget.died(4).orElseThrow());
    assertTrue(budget.died(5).isEmpty());
  }

  @Test
  void aMinuteLaterTheBudgetIsFull() {
    for (int death = 0; death < RestartBudget.LIMIT; death++) {
      assertTrue(budget.died(death).isPresent());
    }

    long later = RestartBudget.WINDOW.plusSeconds(1).toNanos();
    assertEquals(Duration.ofMillis(200), budget.died(later).orElseThrow());
  }
}
