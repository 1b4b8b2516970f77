package dev.multipod.bench.tickets;

import dev.multipod.testkit.Checkout;
import dev.multipod.testkit.PostgresServer;
import dev.multipod.testkit.ServiceProcess;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Scanner;
import java.util.UUID;

/// Orders a second with two processes and 64 buyers, this and its peers, interleaved; then how soon
/// a lock is handed on, and what five thousand waiters cost. Prints medians.
///
/// Usage: `TicketsBench ORDERS.LUA [ROUNDS] [SECONDS]`; needs `wrk` and `redis-server`.
final class TicketsBench {
  private static final List<String> PEERS = List.of("advisory", "for-update", "rlock", "rfenced");
  private static final String OURS = "mutex";
  private static final int BUYERS = 32;
  private static final int WARM_UP_SECONDS = 90;

  private record Round(int sold, int least, int most, double seconds) {
    static Round of(List<Integer> buyers, double seconds) {
      return new Round(
          buyers.stream().mapToInt(Integer::intValue).sum(),
          buyers.stream().mapToInt(Integer::intValue).min().orElse(0),
          buyers.stream().mapToInt(Integer::intValue).max().orElse(0),
          seconds);
    }

    double rate() {
      return sold / seconds;
    }

    double spread() {
      return most == 0 ? 0 : 1.0 - (double) least / most;
    }
  }

  private final PostgresServer postgres;
  private final List<ServiceProcess> replicas;
  private final int redis;
  private final String script;
  private final int seconds;

  private TicketsBench(
      PostgresServer postgres,
      List<ServiceProcess> replicas,
      int redis,
      String script,
      int seconds) {
    this.postgres = postgres;
    this.replicas = replicas;
    this.redis = redis;
    this.script = script;
    this.seconds = seconds;
  }

  public static void main(String[] arguments) throws Exception {
    int rounds = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 5;
    int seconds = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 4;
    try (PostgresServer postgres = PostgresServer.builder().maxConnections(200).start();
        Redis redis = Redis.start();
        ServiceProcess first = replica(postgres, 1);
        ServiceProcess second = replica(postgres, 2)) {
      List<ServiceProcess> replicas = List.of(first, second);
      replicas.forEach(each -> each.awaitReady(Duration.ofSeconds(60)));
      TicketsBench bench =
          new TicketsBench(postgres, replicas, redis.port(), arguments[0], seconds);
      bench.sales(rounds);
      new Handover(replicas).measure();
      try (ServiceProcess fresh = replica(postgres, 3)) {
        fresh.awaitReady(Duration.ofSeconds(60));
        new Crowd(fresh).measure();
      }
    }
  }

  private static ServiceProcess replica(PostgresServer postgres, int number) {
    // The flags of the images, with the heap of its pod of 384 MiB.
    return ServiceProcess.of("ticket-service")
        .replica(number)
        .with(postgres)
        .with("MULTIPOD_WAIT_MAX", "10m")
        .jvm("@" + Checkout.root().resolve("docker/java.args"), "-Xmx134m", "-Xms38m")
        .launch();
  }

  private void sales(int rounds) throws Exception {
    Map<String, List<Round>> all = new LinkedHashMap<>();
    all.put(OURS, new ArrayList<>());
    PEERS.forEach(peer -> all.put(peer, new ArrayList<>()));
    // Compiling takes a JVM on two busy cores this long; each peer warms up by itself.
    ours(WARM_UP_SECONDS, 1);
    List<Double> spread = new ArrayList<>();
    for (int round = 1; round <= rounds; round++) {
      for (Map.Entry<String, List<Round>> kind : all.entrySet()) {
        kind.getValue().add(kind.getKey().equals(OURS) ? ours(seconds, 1) : peer(kind.getKey()));
      }
      spread.add(ours(seconds, BUYERS).spread());
      System.err.printf("round %d of %d%n", round, rounds);
    }
    double base = Median.of(all.get(OURS).stream().map(Round::rate).toList());
    System.out.printf("%-12s %10s %14s %8s%n", "sold under", "orders/s", "ours is", "spread");
    all.forEach(
        (kind, results) -> {
          double rate = Median.of(results.stream().map(Round::rate).toList());
          System.out.printf(
              "%-12s %10.0f %12.1f x %7.0f %%%n",
              kind,
              rate,
              base / rate,
              100 * (kind.equals(OURS) ? Median.of(spread) : spread(results)));
        });
  }

  private static double spread(List<Round> results) {
    return Median.of(results.stream().map(Round::spread).toList());
  }

  /// Two times 32 connections of `wrk`, half at each replica.
  ///
  /// @param threads of each `wrk`, which counts what each thread got. One costs the least of what
  ///   the service could use; one for each buyer tells how evenly they were served.
  private Round ours(int seconds, int threads) throws IOException, InterruptedException {
    String event = "bench-" + UUID.randomUUID();
    HttpClient http = HttpClient.newHttpClient();
    HttpRequest put =
        HttpRequest.newBuilder(uri(0, event))
            .PUT(BodyPublishers.ofString("{\"stock\": 100000000}"))
            .build();
    HttpResponse<String> opened = http.send(put, BodyHandlers.ofString());
    if (opened.statusCode() != 201) {
      throw new IllegalStateException(opened.body());
    }
    List<Process> loads = new ArrayList<>();
    long start = System.nanoTime();
    for (int replica = 0; replica < replicas.size(); replica++) {
      loads.add(
          new ProcessBuilder(
                  "wrk",
                  "-t" + threads,
                  "-c" + BUYERS,
                  "-d" + seconds + "s",
                  "-s",
                  script,
                  uri(replica, event) + "/orders?wait=30s",
                  "--",
                  "replica" + replica)
              .redirectErrorStream(true)
              .start());
    }
    return Round.of(sold(loads, threads), (System.nanoTime() - start) / 1e9);
  }

  private URI uri(int replica, String event) {
    return replicas.get(replica).base().resolve("/ticket-service/events/" + event);
  }

  private Round peer(String kind) throws IOException, InterruptedException, SQLException {
    try (Connection connection = postgres.connect("multipod");
        Statement statement = connection.createStatement()) {
      statement.execute(
          """
          CREATE SCHEMA IF NOT EXISTS peer;
          DROP TABLE IF EXISTS peer.event, peer.orders;
          CREATE TABLE peer.event (name text PRIMARY KEY, remaining int) WITH (fillfactor = 50);
          CREATE TABLE peer.orders (id uuid PRIMARY KEY, event text, remaining int);
          INSERT INTO peer.event VALUES ('e', 100000000);
          """);
    }
    List<Process> peers = new ArrayList<>();
    for (int number = 0; number < 2; number++) {
      peers.add(
          new ProcessBuilder(
                  ProcessHandle.current().info().command().orElse("java"),
                  "-XX:+UseSerialGC",
                  "-cp",
                  System.getProperty("java.class.path"),
                  Peer.class.getName(),
                  kind,
                  postgres.jdbcUrl(),
                  postgres.user(),
                  postgres.password(),
                  Integer.toString(redis),
                  Integer.toString(BUYERS),
                  Integer.toString(seconds))
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start());
    }
    for (Process peer : peers) {
      String line = peer.inputReader().readLine();
      while (line != null && !line.equals("ready")) {
        line = peer.inputReader().readLine();
      }
    }
    long start = System.nanoTime();
    for (Process peer : peers) {
      peer.outputWriter().write("go\n");
      peer.outputWriter().flush();
    }
    return Round.of(sold(peers, BUYERS), (System.nanoTime() - start) / 1e9);
  }

  /// What each of the buyers, or threads, of each process got.
  private static List<Integer> sold(List<Process> processes, int each)
      throws IOException, InterruptedException {
    List<Integer> buyers = new ArrayList<>();
    StringBuilder said = new StringBuilder();
    for (Process process : processes) {
      for (String line : process.inputReader().lines().toList()) {
        said.append(line).append('\n');
        if (line.startsWith("sold ")) {
          Scanner counts = new Scanner(line.substring(5));
          while (counts.hasNextInt()) {
            buyers.add(counts.nextInt());
          }
        }
      }
      process.waitFor();
    }
    if (buyers.size() != processes.size() * each) {
      throw new IllegalStateException("not all buyers said what they got:\n" + said);
    }
    return buyers;
  }
}
