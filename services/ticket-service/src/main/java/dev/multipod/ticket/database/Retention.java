package dev.multipod.ticket.database;

import dev.multipod.kit.replica.Drain;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/// Forgets what is old: tenures of locks, and events with their orders. In small steps, each by
/// whichever replica is first; it also goes on with deletions of events that were interrupted.
@ApplicationScoped
class Retention {
  /// How long things are remembered.
  @ConfigMapping(prefix = "multipod.ticket-service.retention")
  public interface RetentionSettings {
    /// How long after its end a tenure is in a lock's history.
    @WithDefault("168h")
    Duration tenures();

    /// How long after it was opened an event is there, with its orders. Absent: until it is
    /// deleted.
    Optional<Duration> events();

    /// How often is looked.
    @WithDefault("60s")
    Duration every();
  }

  private static final Logger LOG = Logger.getLogger(Retention.class);
  private static final int STEP = 2_000;

  /// An unfinished deletion that is still under way elsewhere is only shared.
  private static final String EVENTS =
      "SELECT coalesce(sum(CASE WHEN tickets.close_event(name, ?::int) = 'gone' THEN 1 ELSE 0 END), 0)"
          + " FROM (SELECT name FROM tickets.event"
          + " WHERE closing OR opened < clock_timestamp() - tickets.milliseconds(?)"
          + " ORDER BY name LIMIT 1 FOR UPDATE SKIP LOCKED) AS old";

  private static final String TENURES =
      "WITH old AS (SELECT name, token FROM tickets.tenure"
          + " WHERE ended_at < clock_timestamp() - tickets.milliseconds(?)"
          + " LIMIT ? FOR UPDATE SKIP LOCKED), gone AS (DELETE FROM tickets.tenure t USING old"
          + " WHERE t.name = old.name AND t.token = old.token RETURNING 1)"
          + " SELECT count(*) FROM gone";

  private final RetentionSettings settings;
  private final Database database;
  private final Drain drain;
  private final Counter events;
  private final Counter tenures;

  Retention(RetentionSettings settings, Database database, Drain drain, MeterRegistry metrics) {
    this.settings = settings;
    this.database = database;
    this.drain = drain;
    this.events = metrics.counter("multipod.ticket-service.forgotten", "what", "event");
    this.tenures = metrics.counter("multipod.ticket-service.forgotten", "what", "tenure");
  }

  void start(@Observes StartupEvent event) {
    Thread.ofVirtual().name("retention").start(this::run);
  }

  private void run() {
    try {
      while (!drain.await(settings.every().toMillis(), TimeUnit.MILLISECONDS)) {
        try {
          round();
        } catch (DatabaseAwayException e) {
          LOG.debugf("event=retention-failed cause=%s", e.getMessage());
        } catch (RuntimeException e) {
          LOG.error("event=retention-failed", e);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void round() {
    long gone;
    do {
      gone = step(TENURES, settings.tenures().toMillis(), STEP);
      tenures.increment((double) gone);
    } while (gone == STEP && !drain.begun());
    // No event is older than for ever.
    long keep = settings.events().orElse(Duration.ofDays(365_000)).toMillis();
    while (!drain.begun() && isThereAnOldEvent(keep)) {
      events.increment((double) step(EVENTS, STEP, keep));
    }
  }

  private boolean isThereAnOldEvent(long keep) {
    return step(
            "SELECT count(*) FROM (SELECT 1 FROM tickets.event WHERE closing"
                + " OR opened < clock_timestamp() - tickets.milliseconds(?) LIMIT ?) AS old",
            keep,
            1)
        > 0;
  }

  private long step(String sql, long first, long second) {
    return database.call(
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setLong(1, first);
            statement.setLong(2, second);
            try (ResultSet row = statement.executeQuery()) {
              row.next();
              return row.getLong(1);
            }
          }
        });
  }
}
