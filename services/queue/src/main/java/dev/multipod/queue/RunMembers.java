package dev.multipod.queue;

import dev.multipod.kit.problem.Problem;
import java.util.regex.Pattern;

/// Checks the members of a request for a run.
public final class RunMembers {
  private static final Pattern WORDS = Pattern.compile("[^\\p{Cntrl}]{1,100}");

  private RunMembers() {}

  /// Words for people.
  ///
  /// @throws Problem 422 `invalid-run`
  public static String words(String member, String value) {
    if (WORDS.matcher(value).matches()) {
      return value;
    }
    throw refused(member, "1 to 100 characters of text");
  }

  /// The problem of a member outside its bounds.
  public static Problem refused(String member, String bounds) {
    return Problem.of(
            422,
            "invalid-run",
            "The run cannot be made like this",
            "'%s' must be %s.".formatted(member, bounds))
        .with("member", member);
  }
}
