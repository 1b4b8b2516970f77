package dev.multipod.gateway;

import jakarta.enterprise.context.ApplicationScoped;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Readiness;

/// Ready once every service was looked up. A service without replicas does not make the gateway
/// unready: the others still answer.
@Readiness
@ApplicationScoped
class ReplicasLookedUp implements HealthCheck {
  private final Replicas replicas;

  ReplicasLookedUp(Replicas replicas) {
    this.replicas = replicas;
  }

  @Override
  public HealthCheckResponse call() {
    return HealthCheckResponse.named("replicas looked up")
        .status(replicas.all().stream().allMatch(ServiceReplicas::lookedUp))
        .build();
  }
}
