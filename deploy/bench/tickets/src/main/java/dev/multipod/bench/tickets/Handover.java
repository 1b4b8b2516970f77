package dev.multipod.bench.tickets;

import dev.multipod.bench.tickets.HttpConnection.Answer;
import dev.multipod.testkit.ServiceProcess;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// How long after a holder has sent its release the next one has heard that it holds the lock, over
/// HTTP: four callers in line at two replicas.
final class Handover {
  private static final int CALLERS = 4;
  private static final int TENURES = 1_000;

  /// The first ones find everything cold, and what they do is compiled only after some thousand.
  private static final int WARM_UP = 5_000;

  private final List<ServiceProcess> replicas;
  private final String leases = "/ticket-service/locks/handover-" + UUID.randomUUID() + "/leases";
  private volatile long released;

  Handover(List<ServiceProcess> replicas) {
    this.replicas = replicas;
  }

  void measure() throws Exception {
    List<Double> times = new ArrayList<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(CALLERS)) {
      List<Future<List<Double>>> callers = new ArrayList<>();
      for (int caller = 0; caller < CALLERS; caller++) {
        ServiceProcess replica = replicas.get(caller % replicas.size());
        callers.add(threads.submit(() -> tenures(replica)));
      }
      for (Future<List<Double>> caller : callers) {
        times.addAll(caller.get());
      }
    }
    System.out.printf(
        "a lock is handed on in p50 %.2f ms, p99 %.2f ms (%d tenures)%n",
        Median.of(times), Median.quantile(times, 0.99), times.size());
  }

  private List<Double> tenures(ServiceProcess replica) throws IOException {
    List<Double> times = new ArrayList<>();
    try (HttpConnection connection = new HttpConnection(replica.base())) {
      for (int tenure = 0; tenure < WARM_UP + TENURES; tenure++) {
        Answer got = connection.call("POST", leases, "", "{\"wait\": \"30s\"}");
        long now = System.nanoTime();
        if (got.status() != 201) {
          throw new IllegalStateException(got.toString());
        }
        if (tenure >= WARM_UP) {
          times.add((now - released) / 1e6);
        }
        String token = "If-Match: " + got.headers().get("etag") + "\r\n";
        String id = got.body().replaceAll(".*\"id\":\"([^\"]*)\".*", "$1");
        released = System.nanoTime();
        connection.call("DELETE", leases + "/" + id, token, "");
      }
    }
    return times;
  }
}
