package dev.multipod.ssh;

import static io.restassured.RestAssured.given;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.restassured.RestAssured;
import io.restassured.specification.RequestSpecification;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/// The calls of the tests.
final class Gateway {
  static final String USER = Tokens.bearer("somebody", "use");
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final HttpClient HTTP =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  private Gateway() {}

  static RequestSpecification call() {
    return given().header("Authorization", USER);
  }

  static RequestSpecification json(Map<String, ?> body) {
    return call().contentType("application/json").accept("application/json").body(body);
  }

  static String exec(String target) {
    return "/ssh-gateway/targets/" + target + "/exec";
  }

  static String files(String target, Object path) {
    return "/ssh-gateway/targets/" + target + "/files?path=" + path;
  }

  static URI uri(String path) {
    return URI.create(RestAssured.baseURI + ":" + RestAssured.port + path);
  }

  static HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(uri(path)).header("Authorization", USER);
  }

  static HttpResponse<byte[]> send(HttpRequest request) throws IOException, InterruptedException {
    return HTTP.send(request, HttpResponse.BodyHandlers.ofByteArray());
  }

  /// A command's events as they come. Close it to leave.
  static Stream stream(String target, Map<String, ?> body)
      throws IOException, InterruptedException {
    HttpResponse<java.io.InputStream> answer =
        HTTP.send(
            request(exec(target))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofByteArray(JSON.writeValueAsBytes(body)))
                .build(),
            HttpResponse.BodyHandlers.ofInputStream());
    return new Stream(
        new BufferedReader(new InputStreamReader(answer.body(), StandardCharsets.UTF_8)));
  }

  static Map<String, ?> argv(String... words) {
    return Map.of("argv", List.of(words));
  }

  static Map<String, ?> shell(String line) {
    return Map.of("command", line);
  }

  /// A stream of events.
  record Stream(BufferedReader lines) implements AutoCloseable {
    JsonNode next() throws IOException {
      String line = lines.readLine();
      return line == null ? JSON.nullNode() : JSON.readTree(line);
    }

    JsonNode last() throws IOException {
      JsonNode last = JSON.nullNode();
      for (JsonNode next = next(); !next.isNull(); next = next()) {
        last = next;
      }
      return last;
    }

    @Override
    public void close() throws IOException {
      lines.close();
    }
  }
}
