package dev.multipod.ssh.connect;

import dev.multipod.kit.problem.Problem;
import java.time.Duration;

/// Stops logins to one target after some were refused: a server that counts them would lock out
/// this gateway's address for everybody.
final class Breaker {
  private final int limit;
  private final long pauseNanos;
  private int refused;
  private long openUntil;
  private boolean trusted;

  Breaker(int limit, Duration pause) {
    this.limit = limit;
    this.pauseNanos = pause.toNanos();
  }

  /// @throws Problem 502 `upstream-auth-failed`
  synchronized void check(String target) {
    long left = openUntil - System.nanoTime();
    if (refused >= limit && left > 0) {
      throw authFailed(target).with("loginsPaused", true).retryAfter(Duration.ofNanos(left));
    }
  }

  synchronized void accepted() {
    refused = 0;
    trusted = true;
  }

  synchronized void refused() {
    trusted = false;
    if (++refused >= limit) {
      openUntil = System.nanoTime() + pauseNanos;
    }
  }

  /// Whether the last login went well, so that several may be made at once.
  synchronized boolean trusted() {
    return trusted;
  }

  synchronized boolean open() {
    return refused >= limit && openUntil - System.nanoTime() > 0;
  }

  static Problem authFailed(String target) {
    return Problem.of(
            502,
            "upstream-auth-failed",
            "The server refused the gateway's login",
            "Your token is fine; the target's user, password or key is not. The operator checks the"
                + " targets file and its secrets. After several refusals logins pause.")
        .with("target", target);
  }
}
