package dev.multipod.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/// The running system at the address in `MULTIPOD`.
final class Multipod {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final HttpClient HTTP =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(5))
          .build();
  private static final Found FOUND = look();

  /// What was found at the address.
  private sealed interface Found {
    record There(String base) implements Found {}

    record Missing(String why) implements Found {}
  }

  /// An answer, read to its end.
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Answer(int status, HttpHeaders headers, byte[] bytes) {
    String text() {
      return new String(bytes, StandardCharsets.UTF_8);
    }

    JsonNode json() {
      try {
        return JSON.readTree(bytes);
      } catch (IOException e) {
        throw new AssertionError("not JSON: " + text(), e);
      }
    }

    String header(String name) {
      return headers.firstValue(name).orElse("");
    }

    /// The path in a header that holds an address, whether it is absolute or not.
    String path(String name) {
      return URI.create(header(name)).getRawPath();
    }

    /// The same answer, when it has this status.
    Answer expect(int wanted) {
      assertEquals(wanted, status, this::text);
      return this;
    }

    /// The slug of a problem with this status.
    String problem(int wanted) {
      expect(wanted);
      assertEquals("application/problem+json", header("Content-Type").split(";", -1)[0]);
      JsonNode problem = json();
      assertEquals(wanted, problem.path("status").asInt(), this::text);
      String type = problem.path("type").asText();
      assertEquals("urn:multipod:problem:", type.substring(0, Math.min(21, type.length())));
      assertEquals(false, problem.path("title").asText().isBlank(), this::text);
      assertEquals(false, problem.path("detail").asText().isBlank(), this::text);
      return type.substring(21);
    }
  }

  private Multipod() {}

  /// @throws AssertionError when there is no system at the address, and what to do about it
  static String base() {
    return switch (FOUND) {
      case Found.There(String base) -> base;
      case Found.Missing(String why) -> throw new AssertionError(why);
    };
  }

  private static Found look() {
    String base = System.getenv().getOrDefault("MULTIPOD", "").strip().replaceAll("/+$", "");
    try {
      HttpResponse<Void> answer =
          HTTP.send(
              HttpRequest.newBuilder(URI.create(base + "/tcp-echo/replica"))
                  .timeout(Duration.ofSeconds(10))
                  .build(),
              BodyHandlers.discarding());
      if (answer.statusCode() == 200) {
        return new Found.There(base);
      }
      return new Found.Missing(
          "MULTIPOD=%s answers %d to GET /tcp-echo/replica: is that a multipod, and is it up?"
              .formatted(base, answer.statusCode()));
    } catch (IOException | IllegalArgumentException e) {
      return new Found.Missing(
          "MULTIPOD=%s cannot be reached (%s). Start the system with 'make run', or forward the gateway's port with kubectl."
              .formatted(base, e));
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /// A setting of the surroundings, which differ between a laptop and a cluster.
  static Optional<String> setting(String name) {
    return Optional.ofNullable(System.getenv(name)).map(String::strip).filter(s -> !s.isEmpty());
  }

  static List<String> list(String comma) {
    return Arrays.stream(comma.split(",", -1))
        .map(String::strip)
        .filter(s -> !s.isEmpty())
        .toList();
  }

  /// A name that no other run uses.
  static String unique(String prefix) {
    return prefix + "-" + UUID.randomUUID().toString().substring(0, 13);
  }

  static HttpRequest.Builder to(String path) {
    return HttpRequest.newBuilder(URI.create(base() + path)).timeout(Duration.ofSeconds(100));
  }

  static Answer send(HttpRequest.Builder request) {
    try {
      HttpResponse<byte[]> answer = HTTP.send(request.build(), BodyHandlers.ofByteArray());
      return new Answer(answer.statusCode(), answer.headers(), answer.body());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  static Answer get(String path) {
    return send(to(path).GET());
  }

  static Answer delete(String path) {
    return send(to(path).DELETE());
  }

  static Answer put(String path, Object json) {
    return send(
        to(path)
            .header("Content-Type", "application/json")
            .PUT(BodyPublishers.ofString(write(json))));
  }

  static Answer post(String path) {
    return send(to(path).POST(BodyPublishers.noBody()));
  }

  static Answer post(String path, Object json) {
    return send(
        to(path)
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(write(json))));
  }

  /// A POST with an effect, safe to retry.
  static Answer postOnce(String path, Object json) {
    return send(
        to(path)
            .header("Content-Type", "application/json")
            .header("Idempotency-Key", UUID.randomUUID().toString())
            .POST(BodyPublishers.ofString(write(json))));
  }

  static Answer postText(String path, String text) {
    return send(
        to(path)
            .header("Content-Type", "text/plain; charset=UTF-8")
            .header("Idempotency-Key", UUID.randomUUID().toString())
            .POST(BodyPublishers.ofString(text)));
  }

  private static String write(Object json) {
    try {
      return JSON.writeValueAsString(json);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }
}
