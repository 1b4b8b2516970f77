package dev.multipod.gateway;

import dev.multipod.kit.problem.Problem;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.ShutdownEvent;
import io.smallrye.stork.api.ServiceInstance;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClosedException;
import io.vertx.core.http.RequestOptions;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.util.Optional;
import org.jboss.logging.Logger;

/// Opens a request to a replica. One that cannot be connected to was sent nothing, so the next one
/// is tried, whatever the method.
@ApplicationScoped
class Origins {
  private static final Logger LOG = Logger.getLogger(Origins.class);

  private final GatewaySettings settings;
  private final MeterRegistry metrics;
  private final HttpClient client;

  /// A connection for each request. What met a kept one that was being closed goes this way: the
  /// pool may offer that one, or another like it, until its event loop has heard.
  private final HttpClient fresh;

  Origins(Vertx vertx, GatewaySettings settings, MeterRegistry metrics) {
    this.settings = settings;
    this.metrics = metrics;
    this.client = vertx.createHttpClient(options(settings).setKeepAlive(true));
    this.fresh = vertx.createHttpClient(options(settings).setKeepAlive(false));
  }

  private static HttpClientOptions options(GatewaySettings settings) {
    return new HttpClientOptions()
        .setName("gateway")
        .setKeepAliveTimeout((int) settings.keepAlive().toSeconds())
        // The places bound the requests; a connection is never what they wait for.
        .setMaxPoolSize(settings.maxRequestsPerService())
        .setMaxWaitQueueSize(settings.maxRequestsPerService())
        .setConnectTimeout((int) settings.connectTimeout().toMillis())
        .setIdleTimeout((int) settings.idleTimeout().toSeconds())
        .setMaxHeaderSize((int) settings.maxResponseHeaderSize().asLongValue())
        .setDecompressionSupported(false);
  }

  void stop(@Observes ShutdownEvent event) {
    client.close();
    fresh.close();
  }

  HttpClient client() {
    return client;
  }

  /// A request to one of the replicas, connected, nothing sent.
  ///
  /// Fails with a [Problem]: 503 `no-replica` or 502 `upstream-unreachable`.
  Future<HttpClientRequest> open(Exchange exchange) {
    ServiceReplicas replicas = exchange.replicas();
    Optional<ServiceInstance> chosen =
        exchange.tried().size() < settings.maxTries()
            ? replicas.choose(exchange.tried())
            : Optional.empty();
    if (chosen.isEmpty()) {
      return Future.failedFuture(
          exchange.tried().isEmpty() ? noReplica(replicas) : unreachable(exchange));
    }
    ServiceInstance replica = chosen.get();
    exchange.tried().add(replica.getId());
    return (exchange.wantsFreshConnection() ? fresh : client)
        .request(
            new RequestOptions()
                .setHost(replica.getHost())
                .setPort(replica.getPort())
                .setConnectTimeout(settings.connectTimeout().toMillis()))
        .compose(
            request -> {
              // Without a handler Vert.x logs every cut connection as an error; the answer's
              // future tells of it.
              request.exceptionHandler(cut -> LOG.debugf("event=upstream-cut cause=%s", cut));
              exchange.sendingTo(replica, request);
              if (exchange.callerGone() || exchange.request().response().closed()) {
                exchange.callerLeft();
                return Future.failedFuture(new CallerGone());
              }
              return Future.succeededFuture(request);
            },
            refused -> {
              if (refused instanceof HttpClosedException && exchange.wasStale(replica)) {
                return open(exchange);
              }
              replicas.rest(replica);
              metrics
                  .counter("multipod.gateway.refused", "service", replicas.service())
                  .increment();
              LOG.infof(
                  "event=replica-unreachable service=%s replica=%s cause=%s",
                  replicas.service(), ServiceReplicas.name(replica), refused.getMessage());
              return open(exchange);
            });
  }

  private static Problem noReplica(ServiceReplicas replicas) {
    return Problem.of(
            503,
            "no-replica",
            "No replica of this service is there",
            "No replica of %s can take requests now. Retry after a moment; if it lasts, look whether"
                    .formatted(replicas.service())
                + " the service is running.")
        .with("service", replicas.service())
        .retryAfter(Duration.ofSeconds(1));
  }

  private static Problem unreachable(Exchange exchange) {
    return Problem.of(
            502,
            "upstream-unreachable",
            "No replica could be reached",
            "%d of the replicas of %s were tried and none took the request; %s. Retry after a moment."
                .formatted(
                    exchange.tried().size(),
                    exchange.replicas().service(),
                    exchange.sentBefore()
                        ? "another one took it and went away without an answer"
                        : "nothing was sent"))
        .with("service", exchange.replicas().service())
        .with("tried", exchange.tried().size())
        .retryAfter(Duration.ofSeconds(1));
  }

  /// The caller closed the connection: nobody is left to be told.
  static final class CallerGone extends RuntimeException {
    private static final long serialVersionUID = 1L;

    CallerGone() {
      super("the caller closed the connection", null, false, false);
    }
  }
}
