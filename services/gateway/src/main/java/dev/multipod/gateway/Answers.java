package dev.multipod.gateway;

import dev.multipod.kit.problem.Problem;
import dev.multipod.kit.problem.ProblemMappers;
import dev.multipod.kit.problem.ToldProblems;
import dev.multipod.kit.replica.Replica;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.json.JsonObject;
import io.vertx.httpproxy.Body;
import io.vertx.httpproxy.OriginRequestProvider;
import io.vertx.httpproxy.ProxyContext;
import io.vertx.httpproxy.ProxyInterceptor;
import io.vertx.httpproxy.ProxyResponse;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.Locale;
import java.util.Objects;
import org.jboss.logging.Logger;

/// What a caller gets: the replica's answer, or a problem that says why there is none.
@ApplicationScoped
class Answers implements ProxyInterceptor, OriginRequestProvider {
  private static final Logger LOG = Logger.getLogger(Answers.class);
  private static final String EXCHANGE = "exchange";
  private static final String PROBLEM = "problem";

  /// How long the rest of an unwanted body is read and dropped.
  private static final long LINGER_MILLIS = 1000;

  private final Vertx vertx;
  private final Replicas replicas;
  private final Origins origins;
  private final GatewaySettings settings;
  private final MeterRegistry metrics;

  Answers(
      Vertx vertx,
      Replicas replicas,
      Origins origins,
      GatewaySettings settings,
      MeterRegistry metrics) {
    this.vertx = vertx;
    this.replicas = replicas;
    this.origins = origins;
    this.settings = settings;
    this.metrics = metrics;
  }

  @Override
  public Future<HttpClientRequest> create(ProxyContext context) {
    Exchange exchange = Objects.requireNonNull(context.get(EXCHANGE, Exchange.class));
    return origins
        .open(exchange)
        .onSuccess(
            opened -> {
              var _ =
                  vertx.setTimer(
                      settings.responseTimeout().toMillis(), id -> checkTime(exchange, opened));
            });
  }

  /// The time for the answer to begin runs from the end of the request.
  private void checkTime(Exchange exchange, HttpClientRequest opened) {
    if (!Objects.equals(exchange.upstream(), opened) || opened.response().isComplete()) {
      return;
    }
    Duration left =
        exchange.wholeRequestSent()
            ? settings.responseTimeout().minusNanos(System.nanoTime() - exchange.sentAt())
            : settings.responseTimeout();
    if (left.isPositive()) {
      var _ = vertx.setTimer(Math.max(1, left.toMillis()), id -> checkTime(exchange, opened));
    } else {
      exchange.timeOut();
    }
  }

  @Override
  public Future<ProxyResponse> handleProxyRequest(ProxyContext context) {
    HttpServerRequest request = context.request().proxiedRequest();
    boolean chunked = request.headers().contains(HttpHeaders.TRANSFER_ENCODING);
    String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
    boolean withBody = chunked || (length != null && !length.equals("0"));
    Exchange exchange =
        new Exchange(
            replicas.of(Front.firstSegment(request.uri())).orElseThrow(), request, withBody);
    context.set(EXCHANGE, exchange);
    if (withBody) {
      context
          .request()
          .setBody(
              Body.body(
                  new Upload(vertx, exchange),
                  chunked ? -1 : context.request().getBody().length()));
    } else {
      context.request().setBody(null);
      request.resume();
    }
    if (request.authority() != null) {
      context.request().setAuthority(request.authority());
    }
    Headers.dropHopByHop(context.request().headers());
    Headers.addForwarded(context.request().headers(), request, settings.trustForwarded());
    return context
        .sendRequest()
        .recover(failure -> again(context, exchange, failure))
        .map(ProxyResponse.class::cast)
        .onSuccess(response -> Headers.dropHopByHop(response.headers()))
        .recover(failure -> Future.succeededFuture(problem(context, exchange, failure)));
  }

  private Future<ProxyResponse> again(ProxyContext context, Exchange exchange, Throwable failure) {
    if (failure instanceof Problem || !exchange.mayBeSentAgain()) {
      return Future.failedFuture(failure);
    }
    LOG.infof(
        "event=request-sent-again service=%s replica=%s cause=%s",
        exchange.replicas().service(), exchange.replicaName(), failure.getMessage());
    metrics
        .counter("multipod.gateway.sent-again", "service", exchange.replicas().service())
        .increment();
    exchange.sendAgain();
    return context.sendRequest();
  }

  private ProxyResponse problem(ProxyContext context, Exchange exchange, Throwable failure) {
    if (exchange.callerGone() || failure instanceof Origins.CallerGone) {
      return context.request().response();
    }
    Problem problem = failure instanceof Problem known ? known : failed(exchange);
    LOG.infof(
        "event=no-answer service=%s replica=%s problem=%s cause=%s",
        exchange.replicas().service(), exchange.replicaName(), problem.slug(), failure);
    context.set(PROBLEM, problem);
    ToldProblems.count(problem);
    ProxyResponse response =
        context
            .request()
            .response()
            .setStatusCode(problem.status())
            .putHeader(HttpHeaders.CONTENT_TYPE, ProblemMappers.MEDIA_TYPE)
            .setBody(Body.body(Buffer.buffer(new JsonObject(problem.members()).encode())));
    problem
        .retryAfterSeconds()
        .ifPresent(seconds -> response.putHeader("Retry-After", Long.toString(seconds)));
    return response;
  }

  private Problem failed(Exchange exchange) {
    if (exchange.timedOut()) {
      return Problem.of(
              504,
              "upstream-timeout",
              "The replica did not answer in time",
              "%s took the request and did not begin to answer within %d s; whether it acted is not"
                      .formatted(exchange.replicaName(), settings.responseTimeout().toSeconds())
                  + " known. Ask again with the same Idempotency-Key.")
          .with("service", exchange.replicas().service())
          .with("replica", exchange.replicaName());
    }
    return Problem.of(
            502,
            "upstream-failed",
            "The replica went away before it answered",
            "%s took the request and closed the connection without an answer, or with one that is not"
                    .formatted(exchange.replicaName())
                + " HTTP; whether it acted is not known. Ask again with the same Idempotency-Key.")
        .with("service", exchange.replicas().service())
        .with("replica", exchange.replicaName());
  }

  @Override
  public Future<Void> handleProxyResponse(ProxyContext context) {
    Exchange exchange = Objects.requireNonNull(context.get(EXCHANGE, Exchange.class));
    HttpServerRequest request = exchange.request();
    HttpServerResponse response = request.response();
    count(exchange, context.response().getStatusCode());
    if (response.closed() || exchange.callerGone()) {
      exchange.cut();
      return Future.succeededFuture();
    }
    if (context.get(PROBLEM, Problem.class) != null) {
      if (!request.isEnded()) {
        // What is left of the body is read and dropped, so that the caller reads the problem.
        request.resume();
      }
      return context.sendResponse();
    }
    // The name in the answer is that of the replica that answered, not ours.
    response.headers().remove(Replica.HEADER);
    // A replica may answer before it has the whole body; the rest is not wanted, and the caller
    // must not send its next request after it.
    boolean early = !exchange.wholeRequestSent();
    if (early) {
      response.putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
    }
    Future<Void> sent =
        request.version() == HttpVersion.HTTP_1_0 && context.response().getBody().length() < 0
            ? untilClosed(context.response(), request)
            : sendHeadFirst(context, request);
    return sent.onSuccess(
            done -> {
              if (early) {
                endEarly(exchange);
              }
            })
        .recover(
            cut -> {
              LOG.infof(
                  "event=answer-cut service=%s replica=%s cause=%s",
                  exchange.replicas().service(), exchange.replicaName(), cut.getMessage());
              metrics
                  .counter("multipod.gateway.cut", "service", exchange.replicas().service())
                  .increment();
              exchange.cut();
              return Future.succeededFuture();
            });
  }

  /// The first event of a stream may be long in coming; its head does not wait for it.
  private static Future<Void> sendHeadFirst(ProxyContext context, HttpServerRequest request) {
    int status = context.response().getStatusCode();
    boolean stream =
        context.response().getBody().length() < 0
            && !request.method().equals(HttpMethod.HEAD)
            && status != 204
            && status != 304;
    Future<Void> sent = context.sendResponse();
    HttpServerResponse response = request.response();
    if (stream && !response.headWritten() && !response.closed()) {
      var _ = response.write(Buffer.buffer());
    }
    return sent;
  }

  /// HTTP/1.0 knows no chunks: the end of the connection is the end of the answer.
  private static Future<Void> untilClosed(ProxyResponse from, HttpServerRequest request) {
    HttpServerResponse to = request.response();
    to.setStatusCode(from.getStatusCode());
    to.headers().addAll(from.headers());
    to.putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
    return from.getBody().stream()
        .pipeTo(to)
        .onFailure(cut -> to.reset())
        .onSuccess(done -> request.connection().close());
  }

  /// Reads on for a moment before it closes: a connection that is closed on what the caller still
  /// sends is reset, and the answer may be lost with it.
  private void endEarly(Exchange exchange) {
    HttpServerRequest request = exchange.request();
    if (!exchange.wholeRequestSent()) {
      exchange.cut();
    }
    if (request.isEnded()) {
      request.connection().close();
      return;
    }
    request.handler(rest -> {}).endHandler(end -> request.connection().close()).resume();
    var _ = vertx.setTimer(LINGER_MILLIS, late -> request.connection().close());
  }

  private void count(Exchange exchange, int status) {
    metrics
        .counter(
            "multipod.gateway.answers",
            "service",
            exchange.replicas().service(),
            "status",
            String.format(Locale.ROOT, "%dxx", status / 100))
        .increment();
  }
}
