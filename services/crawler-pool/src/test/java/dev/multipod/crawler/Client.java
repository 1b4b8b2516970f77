package dev.multipod.crawler;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.multipod.testkit.ServiceProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Calls a replica as `curl` would.
record Client(ServiceProcess replica) {
  private static final HttpClient HTTP = HttpClient.newHttpClient();
  private static final ObjectMapper JSON = new ObjectMapper();

  record Answer(int status, String body, HttpResponse<byte[]> response) {
    JsonNode json() {
      return parse(body);
    }

    /// The last part of a problem's type.
    String problem() {
      String type = json().path("type").asText();
      return type.substring(type.lastIndexOf(':') + 1);
    }
  }

  static JsonNode parse(String json) {
    try {
      return JSON.readTree(json);
    } catch (JsonProcessingException e) {
      throw new AssertionError(json, e);
    }
  }

  Answer get(String path, String... headers) {
    return send(builder(path, headers).GET().build());
  }

  Answer post(String path, @Nullable String body, String... headers) {
    HttpRequest.Builder request = builder(path, headers);
    if (body == null) {
      return send(request.POST(BodyPublishers.noBody()).build());
    }
    return send(
        request
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(body))
            .build());
  }

  Answer postBytes(String path, byte[] body, String... headers) {
    return send(
        builder(path, headers)
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofByteArray(body))
            .build());
  }

  void makePool(String name, int processes) {
    expect(201, post("/pools", "{\"name\":\"%s\",\"processes\":%d}".formatted(name, processes)));
  }

  /// Submits with a new key.
  Answer submit(String pool, String tasks) {
    return post(
        "/pools/" + pool + "/tasks", tasks, "Idempotency-Key", UUID.randomUUID().toString());
  }

  List<Long> submitted(String pool, String tasks) {
    List<Long> ids = new ArrayList<>();
    expect(202, submit(pool, tasks)).json().path("ids").forEach(id -> ids.add(id.asLong()));
    return ids;
  }

  /// Waits for a task's end.
  JsonNode ended(long task) {
    return expect(200, get("/tasks/" + task + "?timeout=30s")).json();
  }

  /// Closes and joins.
  JsonNode drained(String pool) {
    expect(204, post("/pools/" + pool + "/close", null));
    return expect(200, get("/pools/" + pool + "/join?timeout=60s")).json();
  }

  static Answer expect(int status, Answer answer) {
    if (answer.status != status) {
      throw new AssertionError(
          "%s answered %d, not %d: %s"
              .formatted(answer.response.uri(), answer.status, status, answer.body));
    }
    return answer;
  }

  private HttpRequest.Builder builder(String path, String... headers) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(replica.base().resolve("/crawler-pool" + path))
            .timeout(Duration.ofSeconds(70));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return request;
  }

  private static Answer send(HttpRequest request) {
    try {
      HttpResponse<byte[]> response = HTTP.send(request, HttpResponse.BodyHandlers.ofByteArray());
      return new Answer(
          response.statusCode(), new String(response.body(), StandardCharsets.UTF_8), response);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
