package dev.multipod.ticket.replicas;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.multipod.testkit.Await;
import dev.multipod.testkit.FaultyProxy;
import dev.multipod.testkit.PostgresServer;
import dev.multipod.testkit.ServiceProcess;
import java.net.http.HttpRequest;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Sale after sale in a storm of faults: after each, what buyers heard and what the database has
/// keep every invariant of [History]. `-Dmultipod.soak.faults=1000` is how many, and
/// `-Dmultipod.seed=…` repeats an order of faults.
class StormIT {
  private static final int FAULTS = Integer.getInteger("multipod.soak.faults", 66);
  private static final long SEED = Long.getLong("multipod.seed", System.nanoTime());
  private static final int STOCK = 30;
  private static final int BUYERS = 60;
  private static final Duration LEASE = Duration.ofSeconds(1);
  private static final Duration SOON = Duration.ofSeconds(60);

  private static final PostgresServer POSTGRES = PostgresServer.start();
  private static final List<FaultyProxy> PROXIES =
      List.of(
          FaultyProxy.to("127.0.0.1", POSTGRES.port()),
          FaultyProxy.to("127.0.0.1", POSTGRES.port()));
  private static final List<ServiceProcess> REPLICAS =
      IntStream.rangeClosed(1, 2).mapToObj(StormIT::replica).toList();

  private static ServiceProcess replica(int number) {
    return ServiceProcess.of("ticket-service")
        .replica(number)
        .with(POSTGRES)
        .with(
            "QUARKUS_DATASOURCE_JDBC_URL",
            POSTGRES.jdbcUrl().replace(":" + POSTGRES.port(), ":" + PROXIES.get(number - 1).port()))
        .with("MULTIPOD_TICKET_SERVICE_SALE_TTL", LEASE.toMillis() + "ms")
        .with("MULTIPOD_TICKET_SERVICE_SALE_TENURE_ORDERS", "5")
        .jvm("-XX:TieredStopAtLevel=1")
        .launch();
  }

  private final AtomicBoolean selling = new AtomicBoolean();

  @BeforeAll
  static void start() {
    REPLICAS.forEach(replica -> replica.awaitReady(Duration.ofSeconds(90)));
  }

  @AfterAll
  static void stop() {
    REPLICAS.forEach(ServiceProcess::close);
    PROXIES.forEach(FaultyProxy::close);
    POSTGRES.close();
  }

  @Test
  void noTicketIsSoldTwiceOrLostAndNobodyWaitsForEver() throws Exception {
    Storm storm = new Storm(selling::get, POSTGRES, REPLICAS, PROXIES, LEASE, new Random(SEED));
    int sales = 0;
    try (ExecutorService thread = Executors.newSingleThreadExecutor()) {
      Future<?> blowing = thread.submit(() -> storm.blow(FAULTS));
      while (!blowing.isDone()) {
        sale();
        sales++;
      }
      blowing.get();
    } catch (AssertionError | ExecutionException e) {
      throw new AssertionError(
          "seed %d, after %s: %s%nthe replicas said:%n%s"
              .formatted(SEED, storm, e.getMessage(), errors()),
          e);
    }

    // I7: when the storm is over, all is well by itself.
    REPLICAS.forEach(replica -> replica.awaitReady(SOON));
    sale();

    assertEquals(FAULTS, storm.faults());
    System.out.printf("%d faults in %d sales, seed %d: %s%n", FAULTS, sales, SEED, storm);
  }

  /// What the replicas logged as errors, with where it came from.
  private static String errors() {
    return REPLICAS.stream()
        .flatMap(replica -> replica.log().stream())
        .filter(line -> line.contains("ERROR") || line.startsWith("Caused by"))
        .collect(Collectors.joining("\n"));
  }

  private void sale() throws Exception {
    String event = "event-" + UUID.randomUUID();
    try (Buyers buyers = new Buyers(REPLICAS)) {
      HttpRequest put =
          HttpRequest.newBuilder(REPLICAS.get(0).base().resolve("/ticket-service/events/" + event))
              .timeout(Duration.ofSeconds(5))
              .PUT(
                  HttpRequest.BodyPublishers.ofString(
                      "{\"stock\":%d,\"think\":\"20ms\"}".formatted(STOCK)))
              .build();
      Await.until("opened", SOON, () -> buyers.send(put).statusCode() < 300);
      List<String> keys = IntStream.range(0, BUYERS).mapToObj(number -> "key-" + number).toList();
      List<Future<Operation>> all = buyers.start(event, "mutex", keys);
      selling.set(true);
      List<Operation> operations = Buyers.join(all);
      selling.set(false);
      check(new History(POSTGRES, event, STOCK, operations));
      assertEquals(STOCK, operations.stream().filter(Operation::sold).count());
    }
  }

  /// The database may be killed while it is asked.
  private static void check(History history) {
    Await.until(
        "the history could be read",
        SOON,
        () -> {
          try {
            history.check();
            return true;
          } catch (SQLException e) {
            return false;
          }
        });
  }
}
