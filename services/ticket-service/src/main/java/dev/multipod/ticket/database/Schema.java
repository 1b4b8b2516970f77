package dev.multipod.ticket.database;

import dev.multipod.kit.replica.Drain;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.concurrent.TimeUnit;
import org.flywaydb.core.Flyway;
import org.jboss.logging.Logger;

/// Brings the schema up to date when the service starts, and goes on trying while the database is
/// away. Flyway's lock in the database lets replicas do it at the same time.
@ApplicationScoped
final class Schema {
  private static final Logger LOG = Logger.getLogger(Schema.class);
  private static final long RETRY_MS = 500;

  private final Flyway flyway;
  private final Database database;
  private final Drain drain;

  Schema(Flyway flyway, Database database, Drain drain) {
    this.flyway = flyway;
    this.database = database;
    this.drain = drain;
  }

  void start(@Observes StartupEvent event) {
    Thread.ofVirtual().name("schema").start(this::migrate);
  }

  private void migrate() {
    String lastCause = "";
    try {
      do {
        try {
          int applied = flyway.migrate().migrationsExecuted;
          database.schemaIsReady();
          LOG.infof("event=schema-ready applied=%d", applied);
          return;
        } catch (RuntimeException e) {
          String cause = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
          if (!cause.equals(lastCause)) {
            LOG.warnf("event=schema-waits cause=%s", cause);
            lastCause = cause;
          }
        }
      } while (!drain.await(RETRY_MS, TimeUnit.MILLISECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
