package dev.multipod.e2e;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntPredicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A caller who does not give up: a call is repeated while its answer is lost, or while the service
/// cannot answer or says that it does not know.
final class Caller {
  private static final Duration PATIENCE = Duration.ofSeconds(40);
  private static final Duration RETRY = Duration.ofMillis(200);

  private final String base;
  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(5))
          .build();
  private final AtomicInteger repeated = new AtomicInteger();

  /// @param base scheme, host and port
  Caller(String base) {
    this.base = base;
  }

  /// How many calls were repeated.
  int repeated() {
    return repeated.get();
  }

  /// Until the answer is no server error.
  ///
  /// @param key an Idempotency-Key; empty for none
  HttpResponse<String> call(String method, String path, String body, String key) {
    return call(method, path, body, key, status -> status < 500);
  }

  /// Until there is an answer of any status.
  HttpResponse<String> callOnce(String method, String path, String body) {
    return call(method, path, body, "", _ -> true);
  }

  private HttpResponse<String> call(
      String method, String path, String body, String key, IntPredicate enough) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(base + path))
            .timeout(PATIENCE)
            .header("Content-Type", method.equals("PUT") ? "application/json" : "text/plain")
            .method(method, BodyPublishers.ofString(body));
    if (!key.isEmpty()) {
      request.header("Idempotency-Key", key);
    }
    while (true) {
      try {
        HttpResponse<String> answer = http.send(request.build(), BodyHandlers.ofString());
        if (enough.test(answer.statusCode())) {
          return answer;
        }
      } catch (IOException lost) {
        // Its answer is lost, and is asked for again.
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
      repeated.incrementAndGet();
      LockSupport.parkNanos(RETRY.toNanos());
    }
  }

  /// What the pattern's group finds first.
  static String only(Pattern pattern, String text) {
    Matcher matcher = pattern.matcher(text);
    if (!matcher.find()) {
      throw new IllegalStateException("no " + pattern + " in " + text);
    }
    return matcher.group(1);
  }
}
