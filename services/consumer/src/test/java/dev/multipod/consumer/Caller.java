package dev.multipod.consumer;

import dev.multipod.consumer.QueueStack.Answer;
import dev.multipod.testkit.ServiceProcess;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;

/// Calls replicas that may be gone, asleep or cut off.
final class Caller implements AutoCloseable {
  /// Before a call is repeated.
  static final Duration PACE = Duration.ofMillis(100);

  private static final Duration CALL = Duration.ofSeconds(20);

  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(3))
          .build();

  /// The answer; empty when there was none.
  Optional<Answer> ask(
      ServiceProcess replica, String method, String path, String body, String... headers) {
    return ask(replica.base().resolve(path), method, body, headers);
  }

  /// As above, of an address.
  Optional<Answer> ask(URI address, String method, String body, String... headers) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(address)
            .timeout(CALL)
            .method(method, HttpRequest.BodyPublishers.ofString(body));
    if (headers.length > 0) {
      request.headers(headers);
    }
    try {
      return Optional.of(
          new Answer(http.send(request.build(), HttpResponse.BodyHandlers.ofByteArray())));
    } catch (IOException e) {
      return Optional.empty();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /// @throws AssertionError when the answer is none of these
  static void expect(Optional<Answer> answer, Set<Integer> statuses) {
    if (answer.isPresent() && !statuses.contains(answer.get().status())) {
      throw new AssertionError(answer.get());
    }
  }

  /// The pace of work; nothing is waited for.
  static void pause(Duration time) {
    long end = System.nanoTime() + time.toNanos();
    for (long left = time.toNanos(); left > 0; left = end - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }

  @Override
  public void close() {
    http.shutdownNow();
  }
}
