package dev.multipod.testkit;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A real PostgreSQL, `fsync` on, in processes of its own; works as root too. What it committed is
/// in its folder, also after a kill.
public final class PostgresServer implements AutoCloseable {
  private static final Duration READY_WITHIN = Duration.ofSeconds(60);
  private static final Duration STOP_WITHIN = Duration.ofSeconds(6);
  private static final String USER = "multipod";

  /// How to start one.
  public static final class Builder {
    private @Nullable Path folder;
    private int port;
    private String password = "multipod";
    private String database = "multipod";
    private final Map<String, String> settings = new LinkedHashMap<>();
    private Consumer<String> onLine = line -> {};

    private Builder() {}

    /// Where it keeps its data; it stays after [PostgresServer#close]. Absent: a temporary folder,
    /// removed on close.
    public Builder folder(Path folder) {
      this.folder = folder;
      return this;
    }

    /// Where it listens on loopback; absent: any free port.
    public Builder port(int port) {
      this.port = port;
      return this;
    }

    /// The password of a new folder; an old one keeps its own.
    public Builder password(String password) {
      this.password = password;
      return this;
    }

    /// The database made in a new folder.
    public Builder database(String database) {
      this.database = database;
      return this;
    }

    public Builder maxConnections(int connections) {
      return with("max_connections", Integer.toString(connections));
    }

    /// A server setting: `lock_timeout`, `5s`.
    public Builder with(String setting, String value) {
      settings.put(setting, value);
      return this;
    }

    /// Who gets each line it logs.
    public Builder onLine(Consumer<String> onLine) {
      this.onLine = onLine;
      return this;
    }

    /// Starts it and waits until it answers.
    public PostgresServer start() {
      PostgresServer server = launch();
      server.awaitReady();
      server.createDatabase(database);
      return server;
    }

    /// Starts it and does not wait; the database is not made yet.
    public PostgresServer launch() {
      return new PostgresServer(this);
    }
  }

  private final Path folder;
  private final boolean temporary;
  private final int port;
  private final String password;
  private final String database;
  private final Map<String, String> settings;
  private final Consumer<String> onLine;
  private Child child;

  private PostgresServer(Builder builder) {
    Path given = builder.folder;
    temporary = given == null;
    folder = given == null ? Folders.temporary("multipod-postgres") : given;
    port = builder.port == 0 ? Ports.free() : builder.port;
    password = builder.password;
    database = builder.database;
    settings = Map.copyOf(builder.settings);
    onLine = builder.onLine;
    PostgresCluster.initialise(folder, USER, password);
    child = launch();
  }

  public static Builder builder() {
    return new Builder();
  }

  /// On a free port, with a temporary folder and the database `multipod`.
  public static PostgresServer start() {
    return builder().start();
  }

  /// The address of a database for JDBC.
  public String jdbcUrl(String name) {
    return "jdbc:postgresql://127.0.0.1:%d/%s".formatted(port, name);
  }

  /// The address of the database it was started with.
  public String jdbcUrl() {
    return jdbcUrl(database);
  }

  public String user() {
    return USER;
  }

  public String password() {
    return password;
  }

  public int port() {
    return port;
  }

  /// The postmaster's pid.
  public long pid() {
    return child.pid();
  }

  public Child child() {
    return child;
  }

  /// A connection to a database; the caller closes it.
  public Connection connect(String name) throws SQLException {
    return DriverManager.getConnection(
        jdbcUrl(name) + "?connectTimeout=2&loginTimeout=5", USER, password);
  }

  /// Makes a database unless it is there.
  public void createDatabase(String name) {
    try (Connection connection = connect("postgres");
        Statement statement = connection.createStatement()) {
      try (ResultSet found =
          statement.executeQuery(
              "SELECT 1 FROM pg_database WHERE datname = '" + name.replace("'", "''") + "'")) {
        if (found.next()) {
          return;
        }
      }
      statement.execute("CREATE DATABASE \"" + name.replace("\"", "\"\"") + "\"");
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /// `kill -9` of the postmaster; its backends end by themselves.
  public void kill() {
    child.kill();
  }

  /// Starts it again on the same port and data, and waits until it answers.
  public void restart() {
    child.close();
    child = launch();
    awaitReady();
  }

  /// SIGSTOP of the postmaster and of its backends.
  public void pause() {
    child.pause();
    child.handle().descendants().filter(PostgresServer::isServer).forEach(Faults::pause);
  }

  /// SIGCONT.
  public void resume() {
    child.handle().descendants().forEach(Faults::resume);
    child.resume();
  }

  /// Stops it; a temporary folder is removed.
  @Override
  public void close() {
    if (temporary) {
      child.handle().descendants().forEach(ProcessHandle::destroyForcibly);
      child.close();
      Folders.remove(folder);
    } else {
      stop(child, STOP_WITHIN);
    }
  }

  /// Asks a postmaster to roll back what is open, write a checkpoint and end.
  ///
  /// @return whether it went by itself
  public static boolean stop(Child postmaster, Duration grace) {
    // SIGTERM would wait for its clients.
    Faults.signal("INT", postmaster.pid());
    return postmaster.awaitEnd(grace);
  }

  private static boolean isServer(ProcessHandle process) {
    return process.info().command().map(c -> c.endsWith("/postgres")).orElse(false);
  }

  private Child launch() {
    List<String> command = new ArrayList<>(PostgresCluster.program("postgres"));
    command.addAll(List.of("-D", folder.toString(), "-h", "127.0.0.1", "-p", "" + port));
    Map<String, String> all = new LinkedHashMap<>();
    all.put("unix_socket_directories", "");
    all.put("fsync", "on");
    all.put("max_connections", "200");
    all.put("shared_buffers", "64MB");
    all.put("logging_collector", "off");
    all.put("timezone", "UTC");
    all.putAll(settings);
    all.forEach((name, value) -> command.addAll(List.of("-c", name + "=" + value)));
    return Child.start("postgres", command, Map.of(), folder, onLine);
  }

  private void awaitReady() {
    try {
      Await.until(this::story, READY_WITHIN, this::answers);
    } catch (AssertionError e) {
      child.close();
      throw e;
    }
  }

  private boolean answers() throws InterruptedException {
    if (!child.isAlive()) {
      child.awaitOutput();
      if (String.join("\n", child.log()).contains("pre-existing shared memory")
          || String.join("\n", child.log()).contains("lock file \"postmaster.pid\"")) {
        // The last backends of a killed postmaster are still leaving.
        child = launch();
        return false;
      }
      throw new AssertionError(story());
    }
    return ready();
  }

  /// Whether it answers now.
  public boolean ready() {
    try (Connection connection = connect("postgres")) {
      return connection.isValid(2);
    } catch (SQLException e) {
      return false;
    }
  }

  private String story() {
    return "PostgreSQL on port "
        + port
        + (child.isAlive() ? " answers" : " stays alive")
        + "; it said:\n"
        + String.join("\n", child.log());
  }
}
