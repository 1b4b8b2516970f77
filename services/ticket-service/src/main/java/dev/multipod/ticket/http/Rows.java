package dev.multipod.ticket.http;

import dev.multipod.kit.input.Limit;
import org.jspecify.annotations.Nullable;

/// How many rows a list returns at most.
public final class Rows {
  private static final int USUAL = 100;
  private static final int MOST = 1_000;

  private Rows() {}

  /// Reads a limit.
  ///
  /// @throws dev.multipod.kit.problem.Problem 400 `invalid-limit`
  public static int limit(@Nullable String text) {
    return Limit.parse(text, USUAL, MOST);
  }
}
