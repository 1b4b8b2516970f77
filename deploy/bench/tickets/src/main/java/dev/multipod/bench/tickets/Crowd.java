package dev.multipod.bench.tickets;

import dev.multipod.testkit.Await;
import dev.multipod.testkit.ServiceProcess;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/// What five thousand waiters on one lock cost the replica that they wait at.
final class Crowd {
  private static final int WAITERS = 5_000;
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private final ServiceProcess replica;
  private final URI lock;
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  Crowd(ServiceProcess replica) {
    this.replica = replica;
    this.lock = replica.base().resolve("/ticket-service/locks/crowd-" + UUID.randomUUID());
  }

  void measure() throws Exception {
    long before = resident();
    acquire("{\"ttl\": \"5m\"}").get();
    for (int waiter = 0; waiter < WAITERS; waiter++) {
      var _ = acquire("{\"wait\": \"10m\"}");
      if (waiter % 500 == 499) {
        int soFar = waiter + 1;
        Await.until("%d wait".formatted(soFar), PATIENCE, () -> waiters() >= soFar);
      }
    }
    System.out.printf(
        "%d waiters on one lock: the replica holds %d MB resident, %d before%n",
        waiters(), resident(), before);
    http.shutdownNow();
  }

  private CompletableFuture<HttpResponse<String>> acquire(String body) {
    return http.sendAsync(
        HttpRequest.newBuilder(URI.create(lock + "/leases"))
            .POST(BodyPublishers.ofString(body))
            .build(),
        BodyHandlers.ofString());
  }

  private int waiters() {
    try {
      String seen =
          http.sendAsync(HttpRequest.newBuilder(lock).build(), BodyHandlers.ofString())
              .get()
              .body();
      return Integer.parseInt(seen.replaceAll(".*\"waiters\":(\\d+).*", "$1"));
    } catch (InterruptedException | ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  /// MB.
  private long resident() throws IOException {
    return Files.readAllLines(Path.of("/proc/" + replica.child().pid() + "/status")).stream()
        .filter(line -> line.startsWith("VmRSS"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) / 1024)
        .findFirst()
        .orElseThrow();
  }
}
