package dev.multipod.kit.input;

import dev.multipod.kit.problem.Problem;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// How many at most, as a caller asks for it.
public final class Limit {
  private static final Pattern NUMBER = Pattern.compile("\\d{1,9}");

  private Limit() {}

  /// Reads a limit.
  ///
  /// @param usual without one
  /// @throws Problem 400 `invalid-limit`
  public static int parse(@Nullable String text, int usual, int most) {
    if (text == null) {
      return usual;
    }
    int limit = NUMBER.matcher(text).matches() ? Integer.parseInt(text) : 0;
    if (limit < 1 || limit > most) {
      throw Problem.of(
          400, "invalid-limit", "The limit cannot be used", "Send a limit of 1 to " + most + ".");
    }
    return limit;
  }
}
