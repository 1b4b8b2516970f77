package dev.multipod.ticket.http;

import dev.multipod.kit.problem.Problem;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// How many rows a list returns at most.
public final class Limit {
  private static final int USUAL = 100;
  private static final int MOST = 1_000;
  private static final Pattern NUMBER = Pattern.compile("\\d{1,4}");

  private Limit() {}

  /// Reads a limit.
  ///
  /// @throws Problem 400 `invalid-limit`
  public static int parse(@Nullable String text) {
    if (text == null) {
      return USUAL;
    }
    int limit = NUMBER.matcher(text).matches() ? Integer.parseInt(text) : 0;
    if (limit < 1 || limit > MOST) {
      throw Problem.of(
          400, "invalid-limit", "The limit cannot be used", "Send a limit of 1 to " + MOST + ".");
    }
    return limit;
  }
}
