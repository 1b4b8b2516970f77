package dev.multipod.local;

import dev.multipod.testkit.Child;
import dev.multipod.testkit.KafkaBroker;
import dev.multipod.testkit.Ports;
import dev.multipod.testkit.PostgresServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;

/// PostgreSQL and Kafka, with data that outlive the stack.
final class Servers {
  static final String DATABASE = "multipod";
  private static final List<String> BROKER_JVM =
      List.of("-Xms64m", "-Xmx320m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1");

  private final Path data;
  private final Console console;
  private final int postgresPort = Ports.free();
  private final int kafkaPort = Ports.free();

  Servers(Path data, Console console) {
    this.data = data;
    this.console = console;
  }

  int postgresPort() {
    return postgresPort;
  }

  int kafkaPort() {
    return kafkaPort;
  }

  Map<String, String> postgresEnvironment() {
    return Map.of(
        "QUARKUS_DATASOURCE_JDBC_URL",
        "jdbc:postgresql://127.0.0.1:%d/%s".formatted(postgresPort, DATABASE),
        "QUARKUS_DATASOURCE_USERNAME",
        "multipod",
        "QUARKUS_DATASOURCE_PASSWORD",
        password());
  }

  Map<String, String> kafkaEnvironment() {
    return Map.of("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:" + kafkaPort);
  }

  Supervised.Watch postgres() {
    AtomicReference<PostgresServer> server = new AtomicReference<>();
    AtomicBoolean made = new AtomicBoolean();
    return new Supervised.Watch() {
      @Override
      public Child launch() {
        PostgresServer started =
            PostgresServer.builder()
                .folder(data.resolve("postgres"))
                .port(postgresPort)
                .password(password())
                .onLine(Servers.this::logPostgres)
                .launch();
        server.set(started);
        return started.child();
      }

      @Override
      public boolean ready() {
        PostgresServer current = server.get();
        if (current == null || !current.ready()) {
          return false;
        }
        if (!made.getAndSet(true)) {
          current.createDatabase(DATABASE);
        }
        return true;
      }

      @Override
      public void onReady() {}

      @Override
      public void onGone() {}

      @Override
      public void stop(Child child, Duration grace) {
        PostgresServer.stop(child, grace);
      }
    };
  }

  Supervised.Watch kafka() {
    return new Supervised.Watch() {
      @Override
      public Child launch() {
        return KafkaBroker.builder()
            .folder(data.resolve("kafka"))
            .port(kafkaPort)
            .jvm(BROKER_JVM)
            .onLine(line -> console.log("kafka", "kafka", line))
            .launch()
            .child();
      }

      @Override
      public boolean ready() {
        // A broker listens once it has caught up.
        return !Ports.isFree(kafkaPort);
      }

      @Override
      public void onReady() {}

      @Override
      public void onGone() {}

      @Override
      public void stop(Child child, Duration grace) {
        child.stop(grace);
      }
    };
  }

  /// Its routine (LOG) ranks above its errors, so no level of its own keeps one without the other.
  private void logPostgres(String line) {
    if (!line.contains("] LOG:  ")) {
      console.log("postgres", "postgres", line);
    }
  }

  /// Made once for a folder of data, and kept beside it.
  private synchronized String password() {
    Path file = data.resolve("postgres.password");
    try {
      if (!Files.exists(file)) {
        Files.createDirectories(data);
        LocalIssuer.write(file, UUID.randomUUID().toString());
      }
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
