package dev.multipod.kit.input;

import dev.multipod.kit.problem.Problem;
import java.util.regex.Pattern;

/// Names of things that callers make: locks, events, queues, pools.
public final class Names {
  /// One to 63 of a–z, 0–9 and `-`: what a Kubernetes label and a Kafka topic both take.
  public static final Pattern ALLOWED = Pattern.compile("[a-z0-9-]{1,63}");

  private Names() {}

  /// Checks a name.
  ///
  /// @param what what is named, for the message: `queue`, `lock`
  /// @return the name, checked
  /// @throws Problem 400 `invalid-name`
  public static String require(String what, String name) {
    if (ALLOWED.matcher(name).matches()) {
      return name;
    }
    throw Problem.of(
        400,
        "invalid-name",
        "The name cannot be used",
        "The name of a %s is 1 to 63 of the characters a-z, 0-9 and '-'.".formatted(what));
  }
}
