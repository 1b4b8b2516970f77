package dev.multipod.bench.tickets;

import dev.multipod.testkit.ServiceProcess;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// How long after a holder has sent its release the next one has the lock, over HTTP: four callers
/// in line at two replicas.
final class Handover {
  private static final int CALLERS = 4;
  private static final int TENURES = 500;

  private final List<ServiceProcess> replicas;
  private final String path = "/ticket-service/locks/handover-" + UUID.randomUUID() + "/leases";
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private volatile long released;

  Handover(List<ServiceProcess> replicas) {
    this.replicas = replicas;
  }

  void measure() throws Exception {
    List<Double> times = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<List<Double>>> callers = new ArrayList<>();
      for (int caller = 0; caller < CALLERS; caller++) {
        URI leases = replicas.get(caller % replicas.size()).base().resolve(path);
        callers.add(threads.submit(() -> tenures(leases)));
      }
      for (Future<List<Double>> caller : callers) {
        times.addAll(caller.get());
      }
    }
    System.out.printf(
        "a lock is handed on in p50 %.2f ms, p99 %.2f ms (%d tenures)%n",
        Median.of(times), Median.quantile(times, 0.99), times.size());
  }

  private List<Double> tenures(URI leases) throws IOException, InterruptedException {
    List<Double> times = new ArrayList<>();
    for (int tenure = 0; tenure < TENURES; tenure++) {
      HttpResponse<String> got =
          http.send(
              HttpRequest.newBuilder(leases)
                  .POST(BodyPublishers.ofString("{\"wait\": \"30s\"}"))
                  .build(),
              BodyHandlers.ofString());
      long now = System.nanoTime();
      if (got.statusCode() != 201) {
        throw new IllegalStateException(got.body());
      }
      // The first ones find it free, and everything cold.
      if (tenure >= TENURES / 5) {
        times.add((now - released) / 1e6);
      }
      String id = got.body().replaceAll(".*\"id\":\"([^\"]*)\".*", "$1");
      String token = got.headers().firstValue("ETag").orElseThrow();
      released = System.nanoTime();
      http.send(
          HttpRequest.newBuilder(URI.create(leases + "/" + id))
              .header("If-Match", token)
              .DELETE()
              .build(),
          BodyHandlers.discarding());
    }
    return times;
  }
}
