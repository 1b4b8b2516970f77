package dev.multipod.producer;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/// What the producer counts. A queue's gauges are those of its owner; the other replicas have none.
@ApplicationScoped
class ProducerMetrics {
  private final MeterRegistry registry;
  private final Counter fenced;
  private final Map<String, AtomicLong> unfinished = new ConcurrentHashMap<>();
  private final Map<String, List<Meter>> followed = new ConcurrentHashMap<>();

  ProducerMetrics(MeterRegistry registry) {
    this.registry = registry;
    this.fenced = registry.counter("multipod.producer.fenced");
  }

  /// The broker refused a send of ours, because a later owner is there.
  void fenced() {
    fenced.increment();
  }

  void put(String queue, String outcome, Duration time) {
    Timer.builder("multipod.producer.put")
        .tags("queue", queue, "outcome", outcome)
        .register(registry)
        .record(time);
  }

  void unfinished(String queue, long records) {
    unfinished.computeIfAbsent(queue, ignored -> new AtomicLong()).set(records);
  }

  void follow(Admission admission) {
    String queue = admission.queue().name();
    AtomicLong lag = unfinished.computeIfAbsent(queue, ignored -> new AtomicLong());
    followed.put(
        queue,
        List.of(
            Gauge.builder("multipod.producer.unfinished", lag, AtomicLong::get)
                .tag("queue", queue)
                .register(registry),
            Gauge.builder("multipod.producer.queued", admission.backlog(), Backlog::queued)
                .tag("queue", queue)
                .register(registry),
            Gauge.builder("multipod.producer.line", admission.backlog(), Backlog::line)
                .tag("queue", queue)
                .register(registry)));
  }

  void unfollow(Admission admission) {
    List<Meter> meters = followed.remove(admission.queue().name());
    if (meters != null) {
      meters.forEach(registry::remove);
    }
  }
}
