package dev.multipod.queue;

import io.micrometer.core.instrument.MeterRegistry;

/// The meters that have a tag `queue`.
public final class QueueMeters {
  private QueueMeters() {}

  /// Takes away all meters of a deleted queue: names come and go without end.
  public static void forget(MeterRegistry registry, QueueDefinition queue) {
    registry.getMeters().stream()
        .filter(meter -> queue.name().equals(meter.getId().getTag("queue")))
        .forEach(registry::remove);
  }
}
