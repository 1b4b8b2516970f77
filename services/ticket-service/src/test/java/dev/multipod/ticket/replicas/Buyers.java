package dev.multipod.ticket.replicas;

import dev.multipod.testkit.ServiceProcess;
import io.restassured.path.json.JsonPath;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/// Buyers who do as they are told: after a 503 or no answer they retry with the same key, at the
/// other replica.
final class Buyers implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  /// Then a buyer asks elsewhere.
  private static final Duration CALL = Duration.ofSeconds(6);

  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(3))
          .build();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final List<ServiceProcess> replicas;

  Buyers(List<ServiceProcess> replicas) {
    this.replicas = replicas;
  }

  /// Starts buyers, one for each key and turn, spread over the replicas.
  List<Future<Operation>> start(String event, String strategy, List<String> keys) {
    List<Future<Operation>> all = new ArrayList<>();
    for (int number = 0; number < keys.size(); number++) {
      all.add(start(event, strategy, keys.get(number), number));
    }
    return all;
  }

  /// Starts one buyer, who begins at the replica of that turn.
  Future<Operation> start(String event, String strategy, String key, int turn) {
    return threads.submit(() -> buy(event, strategy, key, turn));
  }

  static List<Operation> join(List<Future<Operation>> started)
      throws ExecutionException, InterruptedException {
    List<Operation> all = new ArrayList<>();
    for (Future<Operation> one : started) {
      all.add(one.get());
    }
    return all;
  }

  private Operation buy(String event, String strategy, String key, int first)
      throws InterruptedException {
    long invoked = System.nanoTime();
    int turn = first;
    String heard = "";
    while (System.nanoTime() - invoked < PATIENCE.toNanos()) {
      long asked = System.nanoTime();
      try {
        HttpResponse<String> answer = order(replicas.get(turn % 2), event, strategy, key, CALL);
        long returned = System.nanoTime();
        if (answer.statusCode() == 201) {
          JsonPath order = JsonPath.from(answer.body());
          UUID id = UUID.fromString(order.getString("id"));
          return new Operation(key, invoked, asked, returned, id, order.getInt("remainingAfter"));
        }
        if (answer.statusCode() == 409) {
          return new Operation(key, invoked, asked, returned, null, -1);
        }
        if (answer.statusCode() != 503) {
          throw new AssertionError(answer.statusCode() + " " + answer.body());
        }
        heard = answer.body();
      } catch (IOException e) {
        heard = e.toString();
      }
      turn++;
      pause();
    }
    throw new AssertionError(key + " was not served; it last heard " + heard);
  }

  /// One call, with the patience of somebody who has nothing else to do.
  HttpResponse<String> order(ServiceProcess replica, String event, String strategy, String key)
      throws IOException, InterruptedException {
    return order(replica, event, strategy, key, PATIENCE);
  }

  private HttpResponse<String> order(
      ServiceProcess replica, String event, String strategy, String key, Duration atMost)
      throws IOException, InterruptedException {
    String path = "/ticket-service/events/%s/orders?strategy=%s".formatted(event, strategy);
    URI uri = replica.base().resolve(path);
    return http.send(
        HttpRequest.newBuilder(uri)
            .header("Idempotency-Key", key)
            .timeout(atMost)
            .POST(HttpRequest.BodyPublishers.noBody())
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  HttpResponse<String> send(HttpRequest request) throws IOException, InterruptedException {
    return http.send(request, HttpResponse.BodyHandlers.ofString());
  }

  /// The pace of a retry.
  private static void pause() throws InterruptedException {
    if (new CountDownLatch(1).await(100, TimeUnit.MILLISECONDS)) {
      throw new AssertionError();
    }
  }

  @Override
  public void close() {
    threads.shutdownNow();
    http.shutdownNow();
  }
}
