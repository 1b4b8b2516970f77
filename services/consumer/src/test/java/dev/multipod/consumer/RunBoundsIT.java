package dev.multipod.consumer;

import static dev.multipod.consumer.QueueStack.expect;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import dev.multipod.consumer.QueueStack.Answer;
import dev.multipod.testkit.Await;
import dev.multipod.testkit.ServiceProcess;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

/// The limits of runs and of those who watch, as they are by default.
class RunBoundsIT {
  private static final Duration SOON = Duration.ofSeconds(40);
  private static final int RUNS = 50;
  private static final int RUN_WATCHERS = 100;
  private static final int SLOT_WATCHERS = 50;

  private final QueueStack stack = QueueStack.get();

  /// At the first producer, wherever the key belongs to.
  private Answer begin(String queue) {
    return stack.call(
        stack.producers.get(0),
        "POST",
        "/producer/runs",
        "{\"queue\": \"%s\", \"count\": 2, \"interval\": \"1m\"}".formatted(queue),
        "Idempotency-Key",
        UUID.randomUUID().toString(),
        "Multipod-Forwarded",
        "test");
  }

  private JsonNode stop(String url) {
    return expect(200, stack.call(stack.producers.get(1), "DELETE", url, "")).json();
  }

  @Test
  void oneRunMoreThanAReplicaHasRoomForIsRefused() {
    String queue = stack.queue("");
    awaitZero(stack.producers.get(0), "multipod_producer_runs");
    List<String> urls = new ArrayList<>();
    for (int run = 0; run < RUNS; run++) {
      urls.add(expect(201, begin(queue)).json().path("url").asText());
    }
    Answer refused = expect(503, begin(queue));
    assertEquals("urn:multipod:problem:too-many-runs", refused.json().path("type").asText());

    stop(urls.getFirst());
    urls.add(expect(201, begin(queue)).json().path("url").asText());
    urls.forEach(url -> assertEquals("stopped", stop(url).path("state").asText()));
  }

  @Test
  void oneMoreWhoWatchesARunIsRefusedUntilAnotherLeaves() throws Exception {
    String url = expect(201, begin(stack.queue(""))).json().path("url").asText();
    ServiceProcess producer = stack.producers.get(0);
    awaitZero(producer, "multipod_producer_run_watchers");
    watchersAreBounded(producer, url + "/events", RUN_WATCHERS);
    stop(url);
  }

  @Test
  void oneMoreWhoWatchesTheSlotsIsRefusedUntilAnotherLeaves() throws Exception {
    for (ServiceProcess consumer : stack.consumers) {
      awaitZero(consumer, "multipod_consumer_slots_watchers");
    }
    watchersAreBounded(stack.consumers.get(0), "/consumer/slots/events", SLOT_WATCHERS);
  }

  private void watchersAreBounded(ServiceProcess replica, String path, int most)
      throws IOException, InterruptedException {
    try (HttpClient http = HttpClient.newHttpClient()) {
      for (int watcher = 0; watcher < most; watcher++) {
        assertEquals(200, watch(http, replica, path).statusCode());
      }
      Answer refused = expect(503, stack.call(replica, "GET", path, ""));
      assertEquals("urn:multipod:problem:too-many-watchers", refused.json().path("type").asText());
      http.shutdownNow();
    }
    try (HttpClient http = HttpClient.newHttpClient()) {
      Await.until(
          "there is room again", SOON, () -> watch(http, replica, path).statusCode() == 200);
      http.shutdownNow();
    }
  }

  private static HttpResponse<InputStream> watch(
      HttpClient http, ServiceProcess replica, String path)
      throws IOException, InterruptedException {
    return http.send(
        HttpRequest.newBuilder(replica.base().resolve(path))
            .version(HttpClient.Version.HTTP_1_1)
            .build(),
        HttpResponse.BodyHandlers.ofInputStream());
  }

  /// What other tests have left ends within a moment; what was never used is not counted.
  private void awaitZero(ServiceProcess replica, String gauge) {
    List<String> last = new CopyOnWriteArrayList<>();
    Await.until(
        () -> "0 at " + replica.name() + ": " + last,
        SOON,
        () -> {
          URI metrics = replica.management().resolve("/q/metrics");
          last.clear();
          expect(200, stack.call(metrics, "GET", new byte[0]))
              .text()
              .lines()
              .filter(line -> line.startsWith(gauge + " "))
              .forEach(last::add);
          return last.stream().allMatch(line -> line.endsWith(" 0.0"));
        });
  }
}
