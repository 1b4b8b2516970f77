package dev.multipod.e2e;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/// Steady requests for a while, each of which must succeed: what a rolling restart, a drain of a
/// node or an upgrade is watched with. The rate is kept whatever the answers take, so an outage
/// counts with all the requests that fell into it.
///
/// Usage: `Load URL PER_SECOND SECONDS [BODY]`, a GET, or a POST with that body. Prints a line for
/// each failure and a sum; the exit is 1 when a request failed. Nothing is retried.
final class Load {
  private static final Duration PATIENCE = Duration.ofSeconds(15);

  private final HttpRequest request;
  private final int perSecond;
  private final int seconds;
  private final AtomicInteger succeeded = new AtomicInteger();
  private final Queue<String> failures = new ConcurrentLinkedQueue<>();
  private final Queue<Long> tookNanos = new ConcurrentLinkedQueue<>();
  private final Map<String, AtomicInteger> byReplica = new ConcurrentHashMap<>();

  private Load(HttpRequest request, int perSecond, int seconds) {
    this.request = request;
    this.perSecond = perSecond;
    this.seconds = seconds;
  }

  public static void main(String[] arguments) throws InterruptedException {
    if (arguments.length < 3) {
      System.err.println("usage: Load URL PER_SECOND SECONDS [BODY]");
      System.exit(2);
    }
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(arguments[0])).timeout(PATIENCE);
    String token = System.getenv("MULTIPOD_TOKEN");
    if (token != null && !token.isBlank()) {
      request.header("Authorization", "Bearer " + token.strip());
    }
    if (arguments.length > 3) {
      request
          .header("Content-Type", "text/plain; charset=UTF-8")
          .POST(BodyPublishers.ofString(arguments[3]));
    }
    Load load =
        new Load(request.build(), Integer.parseInt(arguments[1]), Integer.parseInt(arguments[2]));
    load.run();
    System.exit(load.report() ? 0 : 1);
  }

  private void run() throws InterruptedException {
    long interval = TimeUnit.SECONDS.toNanos(1) / perSecond;
    int total = perSecond * seconds;
    try (HttpClient http =
            HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(PATIENCE)
                .build();
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      long start = System.nanoTime();
      for (int i = 0; i < total; i++) {
        long due = start + i * interval;
        for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
          LockSupport.parkNanos(left);
        }
        threads.execute(() -> ask(http));
      }
      threads.shutdown();
      if (!threads.awaitTermination(PATIENCE.toSeconds() + 5, TimeUnit.SECONDS)) {
        fail("requests that never ended");
      }
    }
  }

  private void ask(HttpClient http) {
    long begun = System.nanoTime();
    try {
      HttpResponse<String> answer = http.send(request, BodyHandlers.ofString());
      tookNanos.add(System.nanoTime() - begun);
      String replica = answer.headers().firstValue("Multipod-Replica").orElse("unnamed");
      if (answer.statusCode() / 100 == 2) {
        succeeded.incrementAndGet();
        byReplica.computeIfAbsent(replica, _ -> new AtomicInteger()).incrementAndGet();
      } else {
        fail(answer.statusCode() + " from " + replica + ": " + answer.body().strip());
      }
    } catch (IOException e) {
      fail(e.toString());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void fail(String what) {
    String line =
        LocalTime.now(ZoneId.systemDefault()).truncatedTo(ChronoUnit.MILLIS) + " failed: " + what;
    failures.add(line);
    System.out.println(line);
  }

  private boolean report() {
    long[] took = tookNanos.stream().mapToLong(Long::longValue).sorted().toArray();
    System.out.printf(
        "%d requests, %d failed; p50 %.1f ms, p99 %.1f ms, longest %.1f ms%n",
        succeeded.get() + failures.size(),
        failures.size(),
        millis(took, 0.5),
        millis(took, 0.99),
        millis(took, 1));
    byReplica.entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .forEach(
            entry -> System.out.printf("  %6d from %s%n", entry.getValue().get(), entry.getKey()));
    return failures.isEmpty();
  }

  private static double millis(long[] sorted, double part) {
    return sorted.length == 0
        ? 0
        : sorted[(int) Math.min(sorted.length - 1L, (long) (sorted.length * part))] / 1e6;
  }
}
