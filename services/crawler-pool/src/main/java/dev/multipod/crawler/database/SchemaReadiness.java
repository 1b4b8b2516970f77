package dev.multipod.crawler.database;

import jakarta.enterprise.context.ApplicationScoped;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Readiness;

/// Not ready before the tables are there.
@Readiness
@ApplicationScoped
class SchemaReadiness implements HealthCheck {
  private final Schema schema;

  SchemaReadiness(Schema schema) {
    this.schema = schema;
  }

  @Override
  public HealthCheckResponse call() {
    return HealthCheckResponse.named("schema").status(schema.ready()).build();
  }
}
