package dev.multipod.gateway;

import dev.multipod.kit.problem.Problem;
import dev.multipod.kit.problem.ProblemMappers;
import dev.multipod.kit.problem.ToldProblems;
import dev.multipod.kit.replica.Replica;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.Promise;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpClosedException;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.impl.Http1xServerConnection;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.NetSocket;
import jakarta.enterprise.context.ApplicationScoped;

/// A connection that becomes another protocol (WebSocket, say): asked for with `Upgrade`, agreed to
/// by the replica with 101, and from then on bytes both ways, each side as fast as the other reads.
@ApplicationScoped
class Tunnel {
  private final Replicas replicas;
  private final Origins origins;
  private final GatewaySettings settings;

  Tunnel(Replicas replicas, Origins origins, GatewaySettings settings) {
    this.replicas = replicas;
    this.origins = origins;
    this.settings = settings;
  }

  static boolean isAskedFor(HttpServerRequest request) {
    MultiMap headers = request.headers();
    return request.version() == HttpVersion.HTTP_1_1
        && request.method().equals(HttpMethod.GET)
        && headers.contains(HttpHeaders.UPGRADE)
        && Headers.hasToken(headers, HttpHeaders.CONNECTION, "upgrade")
        && !Headers.hasToken(headers, HttpHeaders.UPGRADE, "h2c");
  }

  /// Completes when the tunnel is closed, or the replica's other answer was passed on.
  Future<Void> open(HttpServerRequest request, String service) {
    Exchange exchange = new Exchange(replicas.of(service).orElseThrow(), request, false);
    HttpServerResponse response = request.response();
    response.exceptionHandler(gone -> exchange.callerLeft());
    return origins
        .open(exchange)
        .compose(opened -> ask(request, opened))
        .compose(answer -> answer(exchange, answer))
        .recover(failure -> refuse(exchange, failure));
  }

  private Future<HttpClientResponse> ask(HttpServerRequest request, HttpClientRequest to) {
    to.setMethod(request.method());
    to.setURI(request.uri());
    MultiMap headers = MultiMap.caseInsensitiveMultiMap().addAll(request.headers());
    Headers.dropHopByHop(headers);
    headers.remove(HttpHeaders.HOST);
    Headers.addForwarded(headers, request, settings.trustForwarded());
    to.headers()
        .addAll(headers)
        .set(HttpHeaders.CONNECTION, HttpHeaders.UPGRADE)
        .set("upgrade", request.headers().getAll(HttpHeaders.UPGRADE));
    if (request.authority() != null) {
      to.authority(request.authority());
    }
    return to.connect();
  }

  private static Future<Void> answer(Exchange exchange, HttpClientResponse from) {
    HttpServerRequest request = exchange.request();
    HttpServerResponse to = request.response();
    MultiMap headers = MultiMap.caseInsensitiveMultiMap().addAll(from.headers());
    Headers.dropHopByHop(headers);
    to.headers().remove(Replica.HEADER);
    to.headers().addAll(headers);
    to.setStatusCode(from.statusCode());
    if (from.statusCode() != 101) {
      request.resume();
      if (!headers.contains(HttpHeaders.CONTENT_LENGTH)) {
        to.setChunked(true);
      }
      return from.pipeTo(to).onComplete(done -> exchange.cut()).onFailure(cut -> to.reset());
    }
    to.putHeader(HttpHeaders.CONNECTION, HttpHeaders.UPGRADE);
    to.putHeader("upgrade", from.headers().getAll(HttpHeaders.UPGRADE));
    NetSocket upstream = from.netSocket().pause();
    return request.toNetSocket().compose(caller -> join(request, caller, upstream));
  }

  private static Future<Void> join(
      HttpServerRequest request, NetSocket caller, NetSocket upstream) {
    Promise<Void> closed = Promise.promise();
    caller.closeHandler(
        gone -> {
          upstream.close();
          end(request);
          closed.tryComplete();
        });
    upstream.closeHandler(gone -> caller.close());
    caller.pipeTo(upstream);
    upstream.pipeTo(caller);
    return closed.future();
  }

  /// Vert.x does not end a request whose connection became a socket, and Quarkus would wait for its
  /// end when it shuts down.
  private static void end(HttpServerRequest request) {
    ((Http1xServerConnection) request.connection())
        .handleException(new HttpClosedException("the tunnel was closed"));
  }

  private static Future<Void> refuse(Exchange exchange, Throwable failure) {
    HttpServerResponse response = exchange.request().response();
    if (response.closed() || response.headWritten()) {
      exchange.cut();
      return Future.succeededFuture();
    }
    exchange.request().resume();
    Problem problem =
        failure instanceof Problem known
            ? known
            : Problem.of(
                502,
                "upstream-failed",
                "The replica went away before it answered",
                "%s closed the connection without an answer. Ask again."
                    .formatted(exchange.replicaName()));
    ToldProblems.count(problem);
    problem
        .retryAfterSeconds()
        .ifPresent(seconds -> response.putHeader("Retry-After", Long.toString(seconds)));
    return response
        .setStatusCode(problem.status())
        .putHeader(HttpHeaders.CONTENT_TYPE, ProblemMappers.MEDIA_TYPE)
        .end(new JsonObject(problem.members()).encode());
  }
}
