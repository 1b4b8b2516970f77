package dev.multipod.ticket.replicas;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.multipod.testkit.PostgresServer;
import dev.multipod.testkit.ServiceProcess;
import dev.multipod.ticket.lock.LockStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class WatcherIT {
  private static final String LEASES = "/leases";

  private final HttpClient http = HttpClient.newHttpClient();

  @Test
  void aWatcherWhoseReplicaStopsHearsTheRestAtAnother() throws Exception {
    String lock = "/ticket-service/locks/lock-" + UUID.randomUUID();
    try (PostgresServer postgres = PostgresServer.start();
        ServiceProcess first = replica(postgres, 1);
        ServiceProcess second = replica(postgres, 2)) {
      first.awaitReady(Duration.ofSeconds(90));
      second.awaitReady(Duration.ofSeconds(90));
      try (LockStream watched = new LockStream(first.base().resolve(lock + "/events"))) {
        holdOnce(second, lock);
        watched.await("granted 1", "ended 1-ended");

        assertTrue(first.stop(Duration.ofSeconds(20)), "it had to be killed");
        assertTrue(watched.ends(), "the stream did not end with its replica");
      }
      holdOnce(second, lock);

      URI there = second.base().resolve(lock + "/events");
      try (LockStream again = new LockStream(there, "Last-Event-ID", "1-ended")) {
        again.await("granted 2", "ended 2-ended");
      }
    }
  }

  private static ServiceProcess replica(PostgresServer postgres, int number) {
    return ServiceProcess.of("ticket-service")
        .replica(number)
        .with(postgres)
        .jvm("-XX:TieredStopAtLevel=1")
        .launch();
  }

  private void holdOnce(ServiceProcess replica, String lock) throws Exception {
    HttpResponse<String> lease =
        http.send(
            HttpRequest.newBuilder(replica.base().resolve(lock + LEASES))
                .POST(BodyPublishers.ofString("{}"))
                .build(),
            BodyHandlers.ofString());
    assertEquals(201, lease.statusCode(), lease.body());
    URI address =
        replica.base().resolve(URI.create(lease.headers().firstValue("Location").orElseThrow()));
    HttpRequest release =
        HttpRequest.newBuilder(address)
            .header("If-Match", lease.headers().firstValue("ETag").orElseThrow())
            .DELETE()
            .build();
    assertEquals(204, http.send(release, BodyHandlers.ofString()).statusCode());
  }
}
