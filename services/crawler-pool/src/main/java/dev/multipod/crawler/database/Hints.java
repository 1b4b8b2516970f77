package dev.multipod.crawler.database;

import dev.multipod.kit.replica.Drain;
import dev.multipod.kit.wait.Signal;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jboss.logging.Logger;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;

/// What other replicas say has changed (`LISTEN`, on one connection of its own). Only a hint:
/// whoever waits looks by itself as well from time to time.
@ApplicationScoped
public class Hints {
  /// There is something to claim.
  public static final String WORK = "crawler_work";

  /// Tasks of a pool ended; the payload is the pool's id.
  public static final String DONE = "crawler_done";

  private static final Logger LOG = Logger.getLogger(Hints.class);
  private static final int LISTEN_MILLIS = 1_000;

  private record Watched(Signal signal, int watchers) {}

  private final String url;
  private final String user;
  private final String password;
  private final Drain drain;
  private final Signal work = new Signal();
  private final Map<Long, Watched> pools = new ConcurrentHashMap<>();

  Hints(
      @ConfigProperty(name = "quarkus.datasource.jdbc.url") String url,
      @ConfigProperty(name = "quarkus.datasource.username") String user,
      @ConfigProperty(name = "quarkus.datasource.password") String password,
      Drain drain) {
    this.url = url;
    this.user = user;
    this.password = password;
    this.drain = drain;
  }

  /// Raised when there may be something to claim.
  public Signal work() {
    return work;
  }

  /// Raises what waits for this pool here, in this replica.
  public void done(long pool) {
    Watched watched = pools.get(pool);
    if (watched != null) {
      watched.signal.raise();
    }
  }

  /// Runs `waiting` with a signal that is raised when tasks of the pool end.
  public <T> T watching(long pool, Function<Signal, T> waiting) {
    Watched watched =
        pools.merge(
            pool,
            new Watched(new Signal(), 1),
            (known, ignored) -> new Watched(known.signal, known.watchers + 1));
    try {
      return waiting.apply(watched.signal);
    } finally {
      pools.computeIfPresent(
          pool,
          (id, known) ->
              known.watchers == 1 ? null : new Watched(known.signal, known.watchers - 1));
    }
  }

  void start(@Observes StartupEvent event) {
    Thread.ofPlatform().daemon().name("hints").start(this::listen);
  }

  private void listen() {
    while (!drain.begun()) {
      try (Connection connection = connect();
          Statement statement = connection.createStatement()) {
        statement.execute("LISTEN " + WORK);
        statement.execute("LISTEN " + DONE);
        // Whatever was said while nobody listened.
        work.raise();
        pools.values().forEach(watched -> watched.signal.raise());
        PGConnection postgres = connection.unwrap(PGConnection.class);
        while (!drain.begun()) {
          for (PGNotification hint : postgres.getNotifications(LISTEN_MILLIS)) {
            take(hint);
          }
        }
      } catch (SQLException | RuntimeException e) {
        LOG.debugf("event=hints-interrupted cause=%s", e.getMessage());
      }
      try {
        if (drain.await(1, TimeUnit.SECONDS)) {
          return;
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  private void take(PGNotification hint) {
    if (hint.getName().equals(DONE)) {
      done(Long.parseLong(hint.getParameter()));
    }
    // An ended task frees a place in its pool.
    work.raise();
  }

  private Connection connect() throws SQLException {
    Properties properties = new Properties();
    properties.setProperty("user", user);
    properties.setProperty("password", password);
    properties.setProperty("connectTimeout", "5");
    properties.setProperty("tcpKeepAlive", "true");
    properties.setProperty("ApplicationName", "crawler-pool hints");
    return DriverManager.getConnection(url, properties);
  }
}
