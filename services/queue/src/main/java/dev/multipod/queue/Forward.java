package dev.multipod.queue;

import dev.multipod.kit.input.IdempotencyKey;
import dev.multipod.kit.peers.Peer;
import dev.multipod.kit.replica.Replica;
import io.vertx.core.http.HttpServerRequest;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.StreamingOutput;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

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
          "Last-Event-ID",
          "Authorization",
          "traceparent",
          "tracestate",
          Putter.HEADER,
          IdempotencyKey.HEADER);

  private static final int COPY_BYTES = 8 * 1024;

  private static final List<String> RETURNED_PREFIXES =
      List.of(
          "content-type",
          "retry-after",
          "multipod-item",
          "multipod-lease-",
          "multipod-owner-",
          "idempotency-");

  /// A call, as far as another replica must know it.
  public interface Call {
    String method();

    /// What the caller sent by this name.
    @Nullable String header(String name);

    /// The key and the headers of the item that is put, as the caller sent them.
    default void attributes(BiConsumer<String, String> each) {}

    /// Whether nobody waits for the answer any more.
    boolean gone();

    /// Adds a header to the answer.
    void answerHeader(String name, String value);

    /// The same call, for an answer of one media type.
    default Call accepting(String mediaType) {
      return new Accepting(this, mediaType);
    }

    static Call of(HttpServerRequest request) {
      return new Received(request);
    }
  }

  /// A body that is closed also when it comes after we gave up: its head may be on the way while
  /// the call is cancelled, and the other replica would go on telling it to nobody.
  private static final class Streamed implements HttpResponse.BodyHandler<InputStream> {
    private final CompletableFuture<Boolean> left = new CompletableFuture<>();

    @Override
    public HttpResponse.BodySubscriber<InputStream> apply(HttpResponse.ResponseInfo head) {
      HttpResponse.BodySubscriber<InputStream> body = HttpResponse.BodySubscribers.ofInputStream();
      var _ = left.thenCombine(body.getBody(), (_, in) -> close(in));
      return body;
    }

    void leave() {
      left.complete(true);
    }

    private static boolean close(InputStream in) {
      try {
        in.close();
        return true;
      } catch (IOException e) {
        return false;
      }
    }
  }

  private record Accepting(Call call, String mediaType) implements Call {
    @Override
    public String method() {
      return call.method();
    }

    @Override
    public @Nullable String header(String name) {
      return name.equals("Accept") ? mediaType : call.header(name);
    }

    @Override
    public boolean gone() {
      return call.gone();
    }

    @Override
    public void answerHeader(String name, String value) {
      call.answerHeader(name, value);
    }
  }

  private record Received(HttpServerRequest request) implements Call {
    @Override
    public String method() {
      return request.method().name();
    }

    @Override
    public @Nullable String header(String name) {
      return request.getHeader(name);
    }

    @Override
    public void attributes(BiConsumer<String, String> each) {
      // What whoever puts refuses means nothing elsewhere.
      for (Map.Entry<String, String> header : request.headers()) {
        if (Attributes.isAttribute(header.getKey(), header.getValue())) {
          each.accept(header.getKey(), header.getValue());
        }
      }
    }

    @Override
    public boolean gone() {
      return request.response().closed();
    }

    @Override
    public void answerHeader(String name, String value) {
      request.response().putHeader(name, value);
    }
  }

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
    return to(peer, Call.of(request), pathAndQuery, body, atMost);
  }

  /// As above, for a call that need not have come by HTTP.
  public Response to(Peer peer, Call call, String pathAndQuery, byte[] body, Duration atMost)
      throws IOException, InterruptedException {
    HttpRequest request = request(peer, call, pathAndQuery, body).timeout(atMost).build();
    return answer(await(request, HttpResponse.BodyHandlers.ofByteArray(), call, atMost));
  }

  /// An answer that comes bit by bit, passed on bit by bit, and cut when the other replica cuts it.
  ///
  /// @param begins how long it may take to begin
  /// @throws IOException when it does not begin
  public Response stream(Peer peer, Call call, String pathAndQuery, Duration begins)
      throws IOException, InterruptedException {
    HttpRequest request = request(peer, call, pathAndQuery, new byte[0]).build();
    Streamed body = new Streamed();
    HttpResponse<InputStream> given;
    boolean begun = false;
    try {
      given = await(request, body, call, begins);
      begun = true;
    } finally {
      if (!begun) {
        body.leave();
      }
    }
    StreamingOutput copy =
        out -> {
          try (InputStream in = given.body()) {
            byte[] part = new byte[COPY_BYTES];
            for (int n = in.read(part); n >= 0; n = in.read(part)) {
              out.write(part, 0, n);
              out.flush();
            }
          }
        };
    return head(given).entity(copy).build();
  }

  private HttpRequest.Builder request(Peer peer, Call call, String pathAndQuery, byte[] body) {
    String host = peer.host().contains(":") ? "[" + peer.host() + "]" : peer.host();
    HttpRequest.Builder request =
        HttpRequest.newBuilder(
                URI.create("http://%s:%d%s".formatted(host, peer.httpPort(), pathAndQuery)))
            .method(
                call.method(),
                body.length == 0
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofByteArray(body))
            .header(HEADER, replica.name());
    for (String name : PASSED) {
      String value = call.header(name);
      if (value != null) {
        request.header(name, value);
      }
    }
    call.attributes(request::header);
    return request;
  }

  /// Waits for the answer, and stops the call when our own caller has gone.
  private <T> HttpResponse<T> await(
      HttpRequest request, HttpResponse.BodyHandler<T> body, Call call, Duration atMost)
      throws IOException, InterruptedException {
    CompletableFuture<HttpResponse<T>> coming = http.sendAsync(request, body);
    long deadline = System.nanoTime() + atMost.toNanos();
    try {
      while (true) {
        try {
          return coming.get(LOOK.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
          if (call.gone() || System.nanoTime() > deadline) {
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
    Response.ResponseBuilder answer = head(given);
    if (given.body().length > 0) {
      answer.entity(given.body());
    }
    return answer.build();
  }

  private static Response.ResponseBuilder head(HttpResponse<?> given) {
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
    return answer;
  }
}
