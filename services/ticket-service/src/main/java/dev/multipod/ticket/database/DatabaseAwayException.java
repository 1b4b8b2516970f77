package dev.multipod.ticket.database;

import dev.multipod.kit.problem.Problem;
import java.time.Duration;

/// The database did not answer, or not in time. Whether the call took effect is unknown; every call
/// here can be repeated.
public final class DatabaseAwayException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  DatabaseAwayException(String message, Throwable cause) {
    super(message, cause);
  }

  public DatabaseAwayException(String message) {
    super(message, null, false, false);
  }

  /// What the caller is told.
  public Problem problem() {
    return Problem.of(
            503,
            "database-away",
            "The database cannot be reached",
            "Retry with the same Idempotency-Key or owner: nothing is done twice.")
        .retryAfter(Duration.ofSeconds(1));
  }
}
