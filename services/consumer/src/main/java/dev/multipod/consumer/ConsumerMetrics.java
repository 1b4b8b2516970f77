package dev.multipod.consumer;

import dev.multipod.queue.QueueGone;
import dev.multipod.queue.QueueMeters;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/// What the consumer counts.
@ApplicationScoped
class ConsumerMetrics {
  private final MeterRegistry registry;

  ConsumerMetrics(MeterRegistry registry) {
    this.registry = registry;
  }

  /// A call for an item was answered.
  ///
  /// @param outcome `item` or `empty`
  void get(String queue, String outcome, Duration time) {
    Timer.builder("multipod.consumer.get")
        .tags("queue", queue, "outcome", outcome)
        .register(registry)
        .record(time);
  }

  /// Items were handed out for the first time.
  ///
  /// @param waited of each since it was put, by the clock of the replica that put it
  void firstHandOuts(String queue, List<Duration> waited) {
    Timer timer = Timer.builder("multipod.consumer.waited").tag("queue", queue).register(registry);
    for (Duration each : waited) {
      timer.record(each.isNegative() ? Duration.ZERO : each);
    }
  }

  /// What was counted of a deleted queue goes with it.
  void forget(@Observes QueueGone gone) {
    QueueMeters.forget(registry, gone.queue());
  }

  /// Items of a lease ended.
  void ended(String queue, Ending ending, Duration held, int items) {
    Timer timer =
        Timer.builder("multipod.consumer.held")
            .tags("queue", queue, "ending", ending.name().toLowerCase(Locale.ROOT))
            .register(registry);
    for (int item = 0; item < items; item++) {
      timer.record(held);
    }
  }

  /// An item was put again, since the broker was about to drop it.
  void putAgain(String queue) {
    registry.counter("multipod.consumer.put-again", "queue", queue).increment();
  }

  /// Items were handed out; so many of them had been handed out before.
  void redelivered(String queue, int items) {
    registry.counter("multipod.consumer.redelivered", "queue", queue).increment(items);
  }

  void deadLetters(String queue, String reason, int items) {
    registry
        .counter("multipod.consumer.dead-letters", "queue", queue, "reason", reason)
        .increment(items);
  }
}
