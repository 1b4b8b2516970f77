package dev.multipod.udpecho;

import jakarta.enterprise.context.ApplicationScoped;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Readiness;

/// Ready while every raw socket is bound and read.
@Readiness
@ApplicationScoped
class RawSocketCheck implements HealthCheck {
  private final UdpEchoServer server;

  RawSocketCheck(UdpEchoServer server) {
    this.server = server;
  }

  @Override
  public HealthCheckResponse call() {
    return HealthCheckResponse.named("raw-socket").status(server.isServing()).build();
  }
}
