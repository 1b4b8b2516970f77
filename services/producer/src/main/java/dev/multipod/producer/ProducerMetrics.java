package dev.multipod.producer;

import dev.multipod.queue.QueueGone;
import dev.multipod.queue.QueueMeters;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;

/// What the producer counts. A queue's gauges are those of its owner; the other replicas have none.
@ApplicationScoped
class ProducerMetrics {
  private final MeterRegistry registry;
  private final Counter fenced;
  private final Map<String, Long> unfinished = new ConcurrentHashMap<>();
  private final Map<String, Followed> followed = new ConcurrentHashMap<>();

  private record Followed(Admission admission, List<Meter> meters) {}

  ProducerMetrics(MeterRegistry registry) {
    this.registry = registry;
    this.fenced = registry.counter("multipod.producer.fenced");
  }

  /// The broker refused a send of ours, because a later owner is there.
  void fenced() {
    fenced.increment();
  }

  /// Puts of one call ended.
  void put(String queue, List<PutOutcome> outcomes, Duration time) {
    outcomes.stream()
        .collect(Collectors.groupingBy(PutOutcome::getClass, Collectors.counting()))
        .forEach(
            (outcome, puts) -> {
              Timer timer =
                  Timer.builder("multipod.producer.put")
                      .tags("queue", queue, "outcome", outcome.getSimpleName())
                      .register(registry);
              for (long put = 0; put < puts; put++) {
                timer.record(time);
              }
            });
  }

  void redriven(String queue, int items) {
    registry.counter("multipod.producer.redriven", "queue", queue).increment(items);
  }

  /// What is not known yet has no sample.
  void unfinished(String queue, long items) {
    boolean first = unfinished.put(queue, items) == null;
    Followed known = followed.get(queue);
    if (first && known != null) {
      known.meters.add(
          Gauge.builder(
                  "multipod.producer.unfinished", unfinished, all -> all.getOrDefault(queue, 0L))
              .tag("queue", queue)
              .register(registry));
    }
  }

  void follow(Admission admission) {
    String queue = admission.queue().name();
    Optional.ofNullable(followed.get(queue)).ifPresent(before -> unfollow(before.admission));
    List<Meter> meters =
        List.of(
            Gauge.builder("multipod.producer.queued", admission.backlog(), Backlog::queued)
                .tag("queue", queue)
                .register(registry),
            Gauge.builder(
                    "multipod.producer.oldest.age",
                    admission.backlog(),
                    ProducerMetrics::oldestSeconds)
                .baseUnit("seconds")
                .tag("queue", queue)
                .register(registry),
            Gauge.builder("multipod.producer.line", admission.backlog(), Backlog::line)
                .tag("queue", queue)
                .register(registry));
    followed.put(queue, new Followed(admission, new CopyOnWriteArrayList<>(meters)));
  }

  private static double oldestSeconds(Backlog backlog) {
    return backlog.oldestAge().toMillis() / 1000.0;
  }

  void unfollow(Admission admission) {
    String queue = admission.queue().name();
    Followed known = followed.get(queue);
    if (known != null && known.admission.equals(admission) && followed.remove(queue, known)) {
      known.meters.forEach(registry::remove);
      unfinished.remove(queue);
    }
  }

  /// What was counted of a deleted queue goes with it.
  void forget(@Observes QueueGone gone) {
    unfinished.remove(gone.queue().name());
    QueueMeters.forget(registry, gone.queue());
  }
}
