package dev.multipod.ticket.database;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.List;
import java.util.Properties;
import java.util.function.Consumer;
import org.eclipse.microprofile.config.Config;
import org.jboss.logging.Logger;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;

/// The one connection of this process that listens to one channel. Outside the pool, reconnected
/// for as long as the process lives. What it hears is a hint: whoever uses it polls besides.
public final class Listener implements AutoCloseable {
  private static final Logger LOG = Logger.getLogger(Listener.class);
  private static final int QUIET_MS = 5_000;
  private static final int RETRY_MS = 300;

  private final String url;
  private final Properties login = new Properties();
  private final String channel;
  private final Runnable connected;
  private final Consumer<List<String>> heard;
  private final Thread thread;
  private volatile boolean closed;
  private boolean lost;

  /// Begins to listen.
  ///
  /// @param connected called whenever listening has begun: what came before was not heard
  /// @param heard called with the payloads; must not block
  public Listener(Config config, String channel, Runnable connected, Consumer<List<String>> heard) {
    this.url = config.getValue("quarkus.datasource.jdbc.url", String.class);
    this.channel = channel;
    this.connected = connected;
    this.heard = heard;
    login.setProperty("user", config.getValue("quarkus.datasource.username", String.class));
    login.setProperty("password", config.getValue("quarkus.datasource.password", String.class));
    login.setProperty("connectTimeout", "1");
    login.setProperty("loginTimeout", "1");
    login.setProperty("socketTimeout", "2");
    login.setProperty("tcpKeepAlive", "true");
    login.setProperty("ApplicationName", channel);
    login.setProperty("socketFactory", PromptSockets.class.getName());
    this.thread = Thread.ofVirtual().name("listener").start(this::run);
  }

  @Override
  public void close() {
    closed = true;
    thread.interrupt();
  }

  private void run() {
    while (!closed) {
      try (Connection connection = DriverManager.getConnection(url, login);
          Statement statement = connection.createStatement()) {
        statement.execute("LISTEN " + channel);
        LOG.debugf("event=listening channel=%s", channel);
        lost = false;
        connected.run();
        listen(connection, statement);
      } catch (SQLException e) {
        tellLost(e);
      } catch (RuntimeException e) {
        LOG.errorf(e, "event=listener-failed");
      }
      pause();
    }
  }

  private void listen(Connection connection, Statement statement) throws SQLException {
    PGConnection postgres = connection.unwrap(PGConnection.class);
    while (!closed) {
      PGNotification[] notifications = postgres.getNotifications(QUIET_MS);
      if (notifications == null || notifications.length == 0) {
        // A connection that a network dropped without a word would be quiet for ever.
        statement.execute("SELECT 1");
      } else {
        heard.accept(Arrays.stream(notifications).map(PGNotification::getParameter).toList());
      }
    }
  }

  /// Once, and not again until it has been there: the poll does its work meanwhile.
  private void tellLost(SQLException cause) {
    if (!lost && !closed) {
      LOG.warnf("event=listener-lost cause=%s", cause.getMessage());
    }
    lost = true;
  }

  private void pause() {
    try {
      if (!closed) {
        Thread.sleep(RETRY_MS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
