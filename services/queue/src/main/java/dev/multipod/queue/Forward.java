package dev.multipod.queue;

import dev.multipod.kit.input.IdempotencyKey;
import dev.multipod.kit.peers.Peer;
import dev.multipod.kit.replica.Replica;
import io.vertx.core.http.HttpServerRequest;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// Passes a request on to the replica that can answer it. Blocking; for virtual threads.
@ApplicationScoped
public class Forward {
  /// Says that a request was passed on already, and by whom; it is not passed on again.
  public static final String HEADER = "Multipod-Forwarded";

  private static final Duration CONNECT = Duration.ofSeconds(1);
  private static final Duration LOOK = Duration.ofMillis(100);
  private static final List<String> PASSED =
      List.of(
          "Content-Type",
          "Accept",
          "Authorization",
          "traceparent",
          "tracestate",
          IdempotencyKey.HEADER);

  private static final List<String> RETURNED_PREFIXES =
      List.of(
          "content-type",
          "retry-after",
          "multipod-item",
          "multipod-lease-",
          "multipod-owner-",
          "idempotency-");

  private final Replica replica;
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(CONNECT).build();

  Forward(Replica replica) {
    this.replica = replica;
  }

  /// The answer of another replica.
  ///
  /// @param atMost how long it may take
  /// @throws IOException when it could not be had: the outcome is unknown to us. A
  ///   `ConnectException` among them means that the request was never sent.
  public Response to(
      Peer peer, HttpServerRequest request, String pathAndQuery, byte[] body, Duration atMost)
      throws IOException, InterruptedException {
    String host = peer.host().contains(":") ? "[" + peer.host() + "]" : peer.host();
    HttpRequest.Builder call =
        HttpRequest.newBuilder(
                URI.create("http://%s:%d%s".formatted(host, peer.httpPort(), pathAndQuery)))
            .method(
                request.method().name(),
                body.length == 0
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofByteArray(body))
            .timeout(atMost)
            .header(HEADER, replica.name());
    for (String name : PASSED) {
      String value = request.getHeader(name);
      if (value != null) {
        call.header(name, value);
      }
    }
    return answer(await(call.build(), request, atMost));
  }

  /// Waits for the answer, and stops the call when our own caller has gone.
  private HttpResponse<byte[]> await(HttpRequest call, HttpServerRequest request, Duration atMost)
      throws IOException, InterruptedException {
    CompletableFuture<HttpResponse<byte[]>> coming =
        http.sendAsync(call, HttpResponse.BodyHandlers.ofByteArray());
    long deadline = System.nanoTime() + atMost.toNanos();
    try {
      while (true) {
        try {
          return coming.get(LOOK.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
          if (request.response().closed() || System.nanoTime() > deadline) {
            throw new IOException("no answer in time", e);
          }
        } catch (ExecutionException e) {
          throw e.getCause() instanceof IOException io ? io : new IOException(e.getCause());
        }
      }
    } finally {
      coming.cancel(true);
    }
  }

  private static Response answer(HttpResponse<byte[]> given) {
    Response.ResponseBuilder answer = Response.status(given.statusCode());
    given
        .headers()
        .map()
        .forEach(
            (name, values) -> {
              if (RETURNED_PREFIXES.stream().anyMatch(name.toLowerCase(Locale.ROOT)::startsWith)) {
                values.forEach(value -> answer.header(name, value));
              }
            });
    if (given.body().length > 0) {
      answer.entity(given.body());
    }
    return answer.build();
  }
}
