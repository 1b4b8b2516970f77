package dev.multipod.tcpecho;

import jakarta.enterprise.context.ApplicationScoped;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Readiness;

/// Ready while the raw ports are bound and there is a place for a connection.
@Readiness
@ApplicationScoped
class RawSocketCheck implements HealthCheck {
  private final TcpEchoServer server;

  RawSocketCheck(TcpEchoServer server) {
    this.server = server;
  }

  @Override
  public HealthCheckResponse call() {
    boolean bound = server.isBound();
    boolean full = server.gate().full();
    return HealthCheckResponse.named("raw-socket")
        .withData("bound", bound)
        .withData("full", full)
        .withData("connections", server.gate().open())
        .status(bound && !full)
        .build();
  }
}
