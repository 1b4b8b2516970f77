package dev.multipod.gateway;

import dev.multipod.kit.problem.Problem;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/// How many requests are under way, in all and for each service, and the bounds on both.
@ApplicationScoped
class Places {
  private final GatewaySettings settings;
  private final AtomicInteger total = new AtomicInteger();
  private final Map<String, AtomicInteger> byService = new ConcurrentHashMap<>();
  private final Counter refused;

  Places(GatewaySettings settings, MeterRegistry metrics) {
    this.settings = settings;
    this.refused = metrics.counter("multipod.gateway.busy");
    for (String service : settings.services()) {
      byService.put(
          service,
          metrics.gauge(
              "multipod.gateway.under-way",
              io.micrometer.core.instrument.Tags.of("service", service),
              new AtomicInteger()));
    }
  }

  /// Takes a place for a request; [#leave] gives it back.
  ///
  /// @return why there is none, or empty when the place is taken
  Optional<Problem> enter(String service) {
    if (total.incrementAndGet() > settings.maxRequests()) {
      total.decrementAndGet();
      return Optional.of(busy("multipod.gateway.max-requests", settings.maxRequests()));
    }
    AtomicInteger mine = of(service);
    if (mine.incrementAndGet() > settings.maxRequestsPerService()) {
      mine.decrementAndGet();
      total.decrementAndGet();
      return Optional.of(
          busy("multipod.gateway.max-requests-per-service", settings.maxRequestsPerService()));
    }
    return Optional.empty();
  }

  void leave(String service) {
    of(service).decrementAndGet();
    total.decrementAndGet();
  }

  private AtomicInteger of(String service) {
    return byService.computeIfAbsent(service, ignored -> new AtomicInteger());
  }

  private Problem busy(String setting, int limit) {
    refused.increment();
    return Problem.of(
            503,
            "gateway-busy",
            "Too many requests are under way",
            "Retry after a moment, or raise %s or the number of gateway replicas."
                .formatted(setting))
        .with("limit", limit)
        .retryAfter(Duration.ofSeconds(1));
  }
}
