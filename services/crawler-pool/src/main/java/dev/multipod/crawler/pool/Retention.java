package dev.multipod.crawler.pool;

import dev.multipod.crawler.database.Database;
import dev.multipod.crawler.database.Schema;
import dev.multipod.kit.replica.Drain;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.sql.PreparedStatement;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/// Forgets what nobody needs any more: pools that were drained long ago, and old notes about sites.
/// Every replica does it; a row goes only once.
@ApplicationScoped
class Retention {
  private static final Logger LOG = Logger.getLogger(Retention.class);
  private static final long EVERY_MINUTES = 10;

  private final Database database;
  private final Schema schema;
  private final PoolSettings settings;
  private final Drain drain;

  Retention(Database database, Schema schema, PoolSettings settings, Drain drain) {
    this.database = database;
    this.schema = schema;
    this.settings = settings;
    this.drain = drain;
  }

  void start(@Observes StartupEvent event) {
    Thread.ofPlatform().daemon().name("retention").start(this::loop);
  }

  private void loop() {
    try {
      while (!drain.await(EVERY_MINUTES, TimeUnit.MINUTES)) {
        try {
          if (schema.ready()) {
            forget();
          }
        } catch (RuntimeException e) {
          LOG.warnf("event=retention-failed cause=%s", e.getMessage());
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void forget() {
    int pools =
        database.statement(
            connection -> {
              try (PreparedStatement delete =
                  connection.prepareStatement(
                      """
                      DELETE FROM pool p
                      WHERE p.closed_at < clock_timestamp() - ? * interval '1 ms'
                        AND NOT EXISTS (
                          SELECT FROM task t WHERE t.pool = p.id AND (t.finish IS NULL
                            OR t.finished_at > clock_timestamp() - ? * interval '1 ms'))""")) {
                delete.setLong(1, settings.retention().toMillis());
                delete.setLong(2, settings.retention().toMillis());
                return delete.executeUpdate();
              }
            });
    if (pools > 0) {
      LOG.infof("event=pools-forgotten count=%d", pools);
    }
    for (String sql :
        new String[] {
          "DELETE FROM host_turn WHERE next_at < clock_timestamp() - interval '1 hour'",
          "DELETE FROM robots WHERE expires_at < clock_timestamp()"
        }) {
      database.statement(
          connection -> {
            try (PreparedStatement delete = connection.prepareStatement(sql)) {
              return delete.executeUpdate();
            }
          });
    }
  }
}
