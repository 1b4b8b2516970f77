package dev.multipod.consumer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.multipod.testkit.Await;
import dev.multipod.testkit.ServiceProcess;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Reads a stream of lines of JSON while it goes on, as `curl -N` does.
final class Follower implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /// How a stream ended.
  enum End {
    CLEAN,
    CUT
  }

  private final HttpClient http = HttpClient.newHttpClient();
  private final List<JsonNode> lines = new CopyOnWriteArrayList<>();
  private volatile @Nullable End end;

  Follower(ServiceProcess replica, String path) {
    HttpRequest request = HttpRequest.newBuilder(replica.base().resolve(path)).build();
    HttpResponse<java.io.InputStream> answer;
    try {
      answer = http.send(request, HttpResponse.BodyHandlers.ofInputStream());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    if (answer.statusCode() != 200) {
      throw new AssertionError(path + ": " + answer.statusCode());
    }
    Thread.ofVirtual().start(() -> read(answer));
  }

  private void read(HttpResponse<java.io.InputStream> answer) {
    ObjectMapper json = new ObjectMapper();
    try (BufferedReader in =
        new BufferedReader(new InputStreamReader(answer.body(), StandardCharsets.UTF_8))) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        if (!line.isEmpty()) {
          lines.add(json.readTree(line));
        }
      }
      end = End.CLEAN;
    } catch (IOException e) {
      end = End.CUT;
    }
  }

  List<JsonNode> lines() {
    return List.copyOf(lines);
  }

  /// The names of what happened until now.
  List<String> events() {
    return lines.stream().map(line -> line.path("event").asText()).toList();
  }

  /// The lines of one kind.
  List<JsonNode> all(String event) {
    return lines.stream().filter(line -> line.path("event").asText().equals(event)).toList();
  }

  /// Waits for a line.
  void await(String what, Predicate<JsonNode> line) {
    Await.until(() -> what + " in " + lines, PATIENCE, () -> lines.stream().anyMatch(line));
  }

  void await(String event) {
    await(event, line -> line.path("event").asText().equals(event));
  }

  /// Waits for as many lines of one kind.
  void await(String event, int times) {
    Await.until(
        () -> times + " times " + event + " in " + lines,
        PATIENCE,
        () -> all(event).size() >= times);
  }

  End awaitEnd() {
    Await.until(() -> "the end after " + lines, PATIENCE, () -> end != null);
    End known = end;
    return known == null ? End.CUT : known;
  }

  @Override
  public void close() {
    http.shutdownNow();
  }
}
