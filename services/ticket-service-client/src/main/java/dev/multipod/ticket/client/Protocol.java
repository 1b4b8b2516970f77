package dev.multipod.ticket.client;

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The three calls of a lock, as HTTP.
final class Protocol implements AutoCloseable {
  private static final Duration CALL = Duration.ofSeconds(5);
  private static final Pattern DETAIL =
      Pattern.compile("\"detail\"\\s*:\\s*\"((?:[^\"\\\\]|\\\\.)*)\"");

  /// What the service said.
  ///
  /// @param etag the fencing token in quotes; empty when there is none
  record Answer(int status, String etag, String body) {
    long token() {
      return Long.parseLong(etag.replace("\"", ""));
    }

    /// The status, and what the service says of it.
    String problem() {
      Matcher detail = DETAIL.matcher(body);
      return status + " " + (detail.find() ? detail.group(1) : body);
    }
  }

  private final URI address;
  private final Supplier<String> bearer;
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(CALL).build();

  Protocol(URI address, Supplier<String> bearer) {
    this.address = address;
    this.bearer = bearer;
  }

  URI address() {
    return address;
  }

  Answer acquire(String lock, UUID owner, Duration ttl, Duration wait)
      throws IOException, InterruptedException {
    String body =
        "{\"owner\":\"%s\",\"ttl\":\"%dms\",\"wait\":\"%dms\"}"
            .formatted(owner, ttl.toMillis(), wait.toMillis());
    return send(request("POST", leases(lock), BodyPublishers.ofString(body), wait.plus(CALL)));
  }

  Answer renew(String lock, UUID owner, long token, Duration ttl, Duration timeout)
      throws IOException, InterruptedException {
    String body = "{\"ttl\":\"%dms\"}".formatted(ttl.toMillis());
    return send(
        request("PATCH", lease(lock, owner), BodyPublishers.ofString(body), timeout)
            .header("If-Match", "\"" + token + "\""));
  }

  Answer release(String lock, UUID owner, long token, Duration timeout)
      throws IOException, InterruptedException {
    return send(
        request("DELETE", lease(lock, owner), BodyPublishers.noBody(), timeout)
            .header("If-Match", "\"" + token + "\""));
  }

  private static String leases(String lock) {
    String name = URLEncoder.encode(lock, StandardCharsets.UTF_8).replace("+", "%20");
    return "/ticket-service/locks/" + name + "/leases";
  }

  private static String lease(String lock, UUID owner) {
    return leases(lock) + "/" + owner;
  }

  private HttpRequest.Builder request(
      String method, String path, BodyPublisher body, Duration timeout) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(address.resolve(path))
            .timeout(timeout)
            .header("Content-Type", "application/json")
            .method(method, body);
    String token = bearer.get();
    return token.isEmpty() ? request : request.header("Authorization", "Bearer " + token);
  }

  private Answer send(HttpRequest.Builder request) throws IOException, InterruptedException {
    HttpResponse<String> answer = http.send(request.build(), BodyHandlers.ofString());
    return new Answer(
        answer.statusCode(), answer.headers().firstValue("ETag").orElse(""), answer.body());
  }

  @Override
  public void close() {
    http.shutdownNow();
  }
}
