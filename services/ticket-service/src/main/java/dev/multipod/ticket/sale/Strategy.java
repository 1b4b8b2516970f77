package dev.multipod.ticket.sale;

import dev.multipod.kit.problem.Problem;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// The ways to sell a ticket.
enum Strategy {
  /// Read, think, write, with nothing in between: the race.
  NONE,
  /// Read, think, write under the distributed lock, fenced.
  MUTEX,
  /// Read, think, write under the event's row lock, in one transaction.
  ROW,
  /// One conditional update: no reading, no thinking, no lock.
  ATOMIC,
  /// Any free numbered seat that nobody else is taking: no row is touched by all.
  SEATS;

  /// As callers write it.
  String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /// Reads a strategy; `mutex` when there is none.
  ///
  /// @throws Problem 422 `unknown-strategy`
  static Strategy parse(@Nullable String word) {
    if (word == null) {
      return MUTEX;
    }
    List<String> known = Arrays.stream(values()).map(Strategy::word).toList();
    int index = known.indexOf(word);
    if (index < 0) {
      throw Problem.of(
              422,
              "unknown-strategy",
              "There is no such strategy",
              "Send one of: " + String.join(", ", known) + ".")
          .with("strategies", known);
    }
    return values()[index];
  }
}
