package dev.multipod.ticket.replicas;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.multipod.testkit.Await;
import dev.multipod.testkit.PostgresServer;
import dev.multipod.testkit.ServiceProcess;
import io.restassured.path.json.JsonPath;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class OneReplicaIT {
  private static final int WAITERS = 500;

  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  @Test
  void startedBeforeItsDatabaseItLivesIsNotReadyAndRecoversByItself() throws Exception {
    try (PostgresServer postgres = PostgresServer.start()) {
      postgres.kill();
      try (ServiceProcess service = ServiceProcess.of("ticket-service").with(postgres).launch()) {
        URI live = service.management().resolve("/q/health/live");
        Await.until("alive", Duration.ofSeconds(60), () -> get(live).statusCode() == 200);
        boolean readyBefore = service.ready();
        HttpResponse<String> early = get(service.base().resolve("/ticket-service/locks/a"));

        postgres.restart();

        service.awaitReady(Duration.ofSeconds(30));
        assertTrue(!readyBefore);
        assertEquals(503, early.statusCode(), early.body());
        assertEquals(404, get(service.base().resolve("/ticket-service/locks/a")).statusCode());
      }
    }
  }

  @Test
  void fiveHundredWaitersShareAPoolOfTwoConnectionsAndGoInTurn() throws Exception {
    try (PostgresServer postgres = PostgresServer.start();
        ServiceProcess service =
            ServiceProcess.of("ticket-service")
                .with(postgres)
                .with("QUARKUS_DATASOURCE_JDBC_MAX_SIZE", "2")
                .with("MULTIPOD_TICKET_SERVICE_LOCK_MAX_WAITERS", Integer.toString(WAITERS))
                .start();
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      URI lock = service.base().resolve("/ticket-service/locks/crowd");
      HttpResponse<String> first = acquire(lock, "{\"ttl\":\"5m\"}");
      List<Future<Long>> turns = new ArrayList<>();
      for (int number = 0; number < WAITERS; number++) {
        turns.add(threads.submit(() -> holdOnce(lock)));
      }
      Await.until(
          "all wait",
          Duration.ofSeconds(60),
          () -> JsonPath.from(get(lock).body()).getInt("waiters") == WAITERS);

      HttpResponse<String> tooMany = acquire(lock, "{\"wait\":\"1s\"}");
      release(service, first);

      assertEquals(503, tooMany.statusCode(), tooMany.body());
      assertEquals(
          "urn:multipod:problem:lock-queue-full", JsonPath.from(tooMany.body()).get("type"));
      List<Long> tokens = new ArrayList<>();
      for (Future<Long> turn : turns) {
        tokens.add(turn.get());
      }
      assertEquals(WAITERS, tokens.stream().distinct().count());
      List<Integer> tickets =
          JsonPath.from(get(URI.create(lock + "/tenures?limit=1000")).body()).getList("ticket");
      assertEquals(
          tickets.stream().sorted().toList().reversed(), tickets, "first come, first served");
    }
  }

  @Test
  void aTokenThatWasToldIsNotGivenAgain() throws Exception {
    try (PostgresServer postgres = PostgresServer.start();
        ServiceProcess service = ServiceProcess.of("ticket-service").with(postgres).start()) {
      URI lock = service.base().resolve("/ticket-service/locks/crashed");
      long told = 0;
      for (int crash = 0; crash < 5; crash++) {
        HttpResponse<String> lease = acquire(lock, "{\"ttl\":\"1s\",\"wait\":\"20s\"}");
        // A call that met the crash is told to come again.
        while (lease.statusCode() == 503) {
          lease = acquire(lock, "{\"ttl\":\"1s\",\"wait\":\"20s\"}");
        }
        postgres.kill();
        postgres.restart();
        service.awaitReady(Duration.ofSeconds(30));

        assertEquals(201, lease.statusCode(), lease.body());
        long token = JsonPath.from(lease.body()).getLong("token");
        assertTrue(token > told, "token %d after %d".formatted(token, told));
        told = token;
      }
    }
  }

  @Test
  void aDatabaseThatIsBackIsNotMetOnTheConnectionsOfBefore() throws Exception {
    try (PostgresServer postgres = PostgresServer.start();
        ServiceProcess service =
            ServiceProcess.of("ticket-service")
                .with(postgres)
                // Connections are made one after the other, however slowly.
                .with("QUARKUS_DATASOURCE_JDBC_ACQUISITION_TIMEOUT", "20S")
                .start()) {
      URI locks = service.base().resolve("/ticket-service/locks/");
      Set<Integer> before = acquireManyAtOnce(locks, "before");
      postgres.kill();
      // Longer than a connection may be idle without being tried before it is used.
      Thread.sleep(500);
      postgres.restart();
      service.awaitReady(Duration.ofSeconds(30));

      assertEquals(Set.of(201), before);
      // One after the other: who stands in a line may be told for a moment that it is away.
      for (int number = 0; number < 20; number++) {
        HttpResponse<String> lease = acquire(locks.resolve("after-" + number), "{\"ttl\":\"5m\"}");
        assertEquals(201, lease.statusCode(), lease.body());
      }
    }
  }

  /// @return the status codes
  private Set<Integer> acquireManyAtOnce(URI locks, String name) throws Exception {
    Set<Integer> statuses = new TreeSet<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<HttpResponse<String>>> leases = new ArrayList<>();
      for (int number = 0; number < 50; number++) {
        URI lock = locks.resolve(name + "-" + number);
        leases.add(threads.submit(() -> acquire(lock, "{\"ttl\":\"5m\"}")));
      }
      for (Future<HttpResponse<String>> lease : leases) {
        statuses.add(lease.get().statusCode());
      }
    }
    return statuses;
  }

  private long holdOnce(URI lock) throws Exception {
    String body = "{\"owner\":\"%s\",\"ttl\":\"5m\",\"wait\":\"20s\"}".formatted(UUID.randomUUID());
    HttpResponse<String> lease = acquire(lock, body);
    // 503: its turn for one of two connections did not come in time.
    while (lease.statusCode() == 423 || lease.statusCode() == 503) {
      lease = acquire(lock, body);
    }
    assertTrue(lease.statusCode() < 300, lease.body());
    HttpRequest release =
        HttpRequest.newBuilder(lock.resolve(lease.headers().firstValue("Location").orElseThrow()))
            .header("If-Match", lease.headers().firstValue("ETag").orElseThrow())
            .DELETE()
            .build();
    int ended = http.send(release, HttpResponse.BodyHandlers.ofString()).statusCode();
    boolean repeated = false;
    while (ended == 503) {
      repeated = true;
      ended = http.send(release, HttpResponse.BodyHandlers.ofString()).statusCode();
    }
    assertTrue(ended == 204 || (repeated && ended == 412), "released with " + ended);
    return JsonPath.from(lease.body()).getLong("token");
  }

  private void release(ServiceProcess service, HttpResponse<String> lease) throws Exception {
    URI uri = service.base().resolve(lease.headers().firstValue("Location").orElseThrow());
    HttpRequest release =
        HttpRequest.newBuilder(uri)
            .header("If-Match", lease.headers().firstValue("ETag").orElseThrow())
            .DELETE()
            .build();
    assertEquals(204, http.send(release, HttpResponse.BodyHandlers.ofString()).statusCode());
  }

  private HttpResponse<String> acquire(URI lock, String body) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(lock + "/leases"))
            .POST(BodyPublishers.ofString(body))
            .build();
    return http.send(request, HttpResponse.BodyHandlers.ofString());
  }

  private HttpResponse<String> get(URI uri) throws Exception {
    return http.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
  }
}
