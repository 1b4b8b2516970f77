package dev.multipod.testkit;

import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A PostgreSQL for a `@QuarkusTest`: `@QuarkusTestResource(PostgresResource.class)`.
public final class PostgresResource implements QuarkusTestResourceLifecycleManager {
  private @Nullable PostgresServer server;

  @Override
  public Map<String, String> start() {
    PostgresServer started = PostgresServer.start();
    server = started;
    return Map.of(
        "quarkus.datasource.jdbc.url", started.jdbcUrl(),
        "quarkus.datasource.username", started.user(),
        "quarkus.datasource.password", started.password());
  }

  /// Gives the server to fields of the test that have its type.
  @Override
  public void inject(TestInjector testInjector) {
    testInjector.injectIntoFields(server, new TestInjector.MatchesType(PostgresServer.class));
  }

  @Override
  public void stop() {
    if (server != null) {
      server.close();
    }
  }
}
