package dev.multipod.crawler.database;

import dev.multipod.kit.replica.Drain;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.concurrent.TimeUnit;
import org.flywaydb.core.Flyway;
import org.jboss.logging.Logger;

/// Brings the schema up to date in the background, and again after every failure, until it is: the
/// database may start later than this process. Replicas may do it at the same time; one does the
/// work under Flyway's lock, a lost race is tried again.
@ApplicationScoped
public class Schema {
  private static final Logger LOG = Logger.getLogger(Schema.class);
  private static final long LONGEST_PAUSE_MILLIS = 2_000;

  private final Flyway flyway;
  private final Drain drain;
  private volatile boolean ready;

  Schema(Flyway flyway, Drain drain) {
    this.flyway = flyway;
    this.drain = drain;
  }

  /// Whether the tables are there.
  public boolean ready() {
    return ready;
  }

  void start(@Observes StartupEvent event) {
    Thread.ofPlatform().daemon().name("schema").start(this::migrate);
  }

  private void migrate() {
    long pause = 100;
    try {
      while (!drain.begun()) {
        try {
          flyway.migrate();
          ready = true;
          LOG.info("event=schema-ready");
          return;
        } catch (RuntimeException e) {
          LOG.warnf("event=schema-not-ready retry_in_ms=%d cause=%s", pause, firstLine(e));
        }
        if (drain.await(pause, TimeUnit.MILLISECONDS)) {
          return;
        }
        pause = Math.min(pause * 2, LONGEST_PAUSE_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static String firstLine(Throwable failure) {
    return String.valueOf(failure.getMessage()).lines().findFirst().orElse("");
  }
}
