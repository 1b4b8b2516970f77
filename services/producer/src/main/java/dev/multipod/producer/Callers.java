package dev.multipod.producer;

import dev.multipod.kit.problem.Problem;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.concurrent.Semaphore;

/// The places of those who put, in this replica: each may wait for room in its queue.
@ApplicationScoped
class Callers {
  private final Semaphore places;
  private final int most;

  Callers(ProducerSettings settings) {
    this.most = settings.callers();
    this.places = new Semaphore(most);
  }

  /// Takes a place; [#leave] gives it back.
  ///
  /// @throws Problem 503 `too-many-waiters`
  void enter() {
    if (!places.tryAcquire()) {
      throw Problem.of(
              503,
              "too-many-waiters",
              "Too many callers wait here already",
              "Retry later, or raise multipod.producer.callers or the number of replicas.")
          .with("limit", most)
          .retryAfter(Duration.ofSeconds(1));
    }
  }

  void leave() {
    places.release();
  }
}
