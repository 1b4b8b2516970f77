package dev.multipod.crawler;

import dev.multipod.demosite.DemoSite;
import dev.multipod.testkit.Ports;
import dev.multipod.testkit.PostgresServer;
import dev.multipod.testkit.ServiceProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// Two replicas on one database, and sites that they may fetch from. Leases and times are short, so
/// that a killed worker is missed soon.
final class Rig implements AutoCloseable {
  /// The pause that the polite site is owed.
  static final Duration SPACING = Duration.ofMillis(300);

  private static final Duration READY_WITHIN = Duration.ofSeconds(60);

  final PostgresServer postgres = PostgresServer.start();
  final DemoSite demo;
  final RawSite hostile;
  final RawSite polite;
  final RawSite closed;
  final RawSite deferring;

  /// Allowed, and nobody is there.
  final int silentPort = Ports.free();

  private final Path hosts;
  final ServiceProcess first;
  final ServiceProcess second;

  Rig() {
    try {
      demo = new DemoSite("127.0.0.1", 0);
      hostile = new RawSite(new HostilePages());
      polite =
          new RawSite(
              (path, out) ->
                  RawSite.send(
                      out,
                      path.equals("/robots.txt") ? "404 Not Found" : "200 OK",
                      "Content-Type: text/plain\r\n",
                      path));
      closed = new RawSite((path, out) -> RawSite.send(out, "500 Broken", "", ""));
      deferring =
          new RawSite((path, out) -> RawSite.send(out, "429 Slow", "Retry-After: 1\r\n", ""));
      hosts = Files.createTempFile("crawler", ".hosts");
      Files.writeString(
          hosts,
          """
          127.0.0.1 localhost
          127.0.0.1 inside.example
          93.184.216.34 mixed.example
          127.0.0.1 mixed.example
          127.0.0.1 demo.example
          """);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    first = replica(1).launch();
    second = replica(2).launch();
    first.awaitReady(READY_WITHIN);
    second.awaitReady(READY_WITHIN);
  }

  ServiceProcess.Builder replica(int number) {
    IntStream quick =
        IntStream.of(demo.port(), hostile.port(), closed.port(), deferring.port(), silentPort);
    String spacings =
        quick.mapToObj(port -> "127.0.0.1:" + port + "=0s").collect(Collectors.joining(","));
    String allowed =
        IntStream.of(
                demo.port(),
                hostile.port(),
                polite.port(),
                closed.port(),
                deferring.port(),
                silentPort)
            .mapToObj(port -> "127.0.0.1/32:" + port)
            .collect(Collectors.joining(","));
    return ServiceProcess.of("crawler-pool")
        // Names resolve by this file, and by nothing else.
        .jvm("-Djdk.net.hosts.file=" + hosts)
        .replica(number)
        .with(postgres)
        .with("MULTIPOD_CRAWLER_ALLOW", allowed)
        .with(
            "MULTIPOD_CRAWLER_POLITENESS_SPACING_FOR",
            "%s,127.0.0.1:%d=%dms".formatted(spacings, polite.port(), SPACING.toMillis()))
        .with("MULTIPOD_CRAWLER_CLAIM_LEASE", "5s")
        .with("MULTIPOD_CRAWLER_POOL_TASKS", "50")
        .with("MULTIPOD_CRAWLER_POOL_TASKS_AT_ONCE", "40")
        .with("MULTIPOD_CRAWLER_FETCH_RETRY_PAUSE", "100ms")
        .with("MULTIPOD_CRAWLER_FETCH_TOTAL", "10s");
  }

  static String name() {
    return "p-" + UUID.randomUUID();
  }

  String demoUrl(String path) {
    return "http://127.0.0.1:" + demo.port() + path;
  }

  /// One number from the database.
  long count(String sql, Object... parameters) {
    try (Connection connection = postgres.connect("multipod");
        PreparedStatement select = connection.prepareStatement(sql)) {
      for (int i = 0; i < parameters.length; i++) {
        select.setObject(i + 1, parameters[i]);
      }
      try (ResultSet row = select.executeQuery()) {
        row.next();
        return row.getLong(1);
      }
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /// Runs of a pool's tasks that ended that way.
  long runs(String pool, String how) {
    return count(
        """
        SELECT count(*) FROM crawler.attempt a
        JOIN crawler.task t ON t.id = a.task JOIN crawler.pool p ON p.id = t.pool
        WHERE p.name = ? AND a.how = ?""",
        pool,
        how);
  }

  /// Tasks of a pool that a replica runs now.
  long underWay(String pool, String replica) {
    return count(
        """
        SELECT count(*) FROM crawler.attempt a
        JOIN crawler.task t ON t.id = a.task JOIN crawler.pool p ON p.id = t.pool
        WHERE p.name = ? AND a.replica = ? AND a.ended_at IS NULL""",
        pool,
        replica);
  }

  /// The most runs of a pool's tasks that were recorded at the same moment: at the start of each
  /// run, those that had begun and not ended.
  long mostAtOnce(String pool) {
    return count(
        """
        WITH run AS (
          SELECT a.* FROM crawler.attempt a
          JOIN crawler.task t ON t.id = a.task JOIN crawler.pool p ON p.id = t.pool
          WHERE p.name = ?)
        SELECT coalesce(max(n), 0) FROM (
          SELECT (SELECT count(*) FROM run o WHERE o.started_at <= r.started_at
                  AND coalesce(o.ended_at, 'infinity') > r.started_at) AS n FROM run r) AS each""",
        pool);
  }

  @Override
  public void close() {
    first.close();
    second.close();
    demo.close();
    hostile.close();
    polite.close();
    closed.close();
    deferring.close();
    postgres.close();
    try {
      Files.delete(hosts);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
