package dev.multipod.queue;

import jakarta.enterprise.context.ApplicationScoped;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.eclipse.microprofile.health.Readiness;

/// Ready while the broker answers and is fit; alive in any case.
@Readiness
@ApplicationScoped
final class BrokerReadiness implements HealthCheck {
  private final Broker broker;
  private final Directory directory;

  BrokerReadiness(Broker broker, Directory directory) {
    this.broker = broker;
    this.directory = directory;
  }

  @Override
  public HealthCheckResponse call() {
    HealthCheckResponseBuilder check =
        HealthCheckResponse.named("kafka")
            .status(broker.trouble().isEmpty() && directory.complete());
    broker.trouble().ifPresent(trouble -> check.withData("trouble", trouble));
    return check.build();
  }
}
