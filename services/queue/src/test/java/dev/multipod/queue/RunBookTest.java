package dev.multipod.queue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.multipod.kit.input.IdempotencyKey;
import dev.multipod.kit.problem.Problem;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RunBookTest {
  private static final class Work implements RunBook.Run {
    private final String id;
    private boolean ended;

    Work(String id) {
      this.id = id;
    }

    @Override
    public String id() {
      return id;
    }

    @Override
    public boolean isEnded() {
      return ended;
    }
  }

  private final RunBook<Work> book = new RunBook<>(2);

  private Work begin(String id) {
    return book.begin(new IdempotencyKey(id), "", () -> new Work(id)).run();
  }

  @Test
  void aKeyBeginsOneRun() {
    Work first = begin("a");
    RunBook.Begun<Work> again = book.begin(new IdempotencyKey("a"), "", () -> new Work("b"));
    assertSame(first, again.run());
    assertTrue(again.replayed());
    assertEquals(List.of(first), book.all());
  }

  @Test
  void aKeyThatComesWithAnotherRequestIsRefused() {
    begin("a");
    Problem problem =
        assertThrows(
            Problem.class, () -> book.begin(new IdempotencyKey("a"), "other", () -> new Work("b")));
    assertEquals("idempotency-key-reused", problem.slug());
  }

  @Test
  void whatEndedFirstIsForgottenFirstAndWhatGoesOnIsNot() {
    Work goesOn = begin("a");
    begin("b").ended = true;
    Work last = begin("c");
    assertEquals(List.of(goesOn, last), book.all());
    assertEquals(Optional.empty(), book.find("b"));
  }

  @Test
  void aRunThatCannotBeginLeavesNothing() {
    assertThrows(
        Problem.class,
        () ->
            book.begin(
                new IdempotencyKey("a"),
                "",
                () -> {
                  throw Problem.of(503, "full", "Full", "Retry.");
                }));
    assertTrue(book.all().isEmpty());
    assertFalse(book.begin(new IdempotencyKey("a"), "", () -> new Work("a")).replayed());
  }
}
