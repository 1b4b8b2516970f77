package dev.multipod.gateway;

import io.smallrye.stork.api.ServiceInstance;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// One request on its way: which replicas were tried, and what was sent. Lives on the event loop of
/// the caller's connection.
final class Exchange {
  /// A request that kills whoever takes it must not go through all replicas.
  private static final int MAX_RESENT = 2;

  private static final Set<HttpMethod> IDEMPOTENT =
      Set.of(
          HttpMethod.GET, HttpMethod.HEAD, HttpMethod.OPTIONS, HttpMethod.PUT, HttpMethod.DELETE);

  private final ServiceReplicas replicas;
  private final HttpServerRequest request;
  private final boolean withBody;
  private final Set<Long> tried = new HashSet<>();
  private @Nullable HttpClientRequest upstream;
  private @Nullable ServiceInstance replica;
  private int resent;
  private boolean stale;
  private boolean timedOut;
  private boolean callerGone;
  private long sentAt;

  Exchange(ServiceReplicas replicas, HttpServerRequest request, boolean withBody) {
    this.replicas = replicas;
    this.request = request;
    this.withBody = withBody;
    this.sentAt = withBody ? Long.MAX_VALUE : 0;
  }

  ServiceReplicas replicas() {
    return replicas;
  }

  HttpServerRequest request() {
    return request;
  }

  boolean withBody() {
    return withBody;
  }

  Set<Long> tried() {
    return tried;
  }

  /// The connection to a replica is there; the request goes out now.
  void sendingTo(ServiceInstance chosen, HttpClientRequest opened) {
    replica = chosen;
    upstream = opened;
    if (!withBody) {
      sentAt = System.nanoTime();
    }
  }

  @Nullable HttpClientRequest upstream() {
    return upstream;
  }

  String replicaName() {
    return replica == null ? "none" : ServiceReplicas.name(replica);
  }

  /// The last byte of the body went out.
  void bodySent() {
    sentAt = System.nanoTime();
  }

  /// When the whole request was out, by `System.nanoTime`; the largest value as long as it is not.
  long sentAt() {
    return sentAt;
  }

  boolean wholeRequestSent() {
    return sentAt != Long.MAX_VALUE;
  }

  /// Ends the upstream side at once; what waits for its answer is told.
  void cut() {
    if (upstream != null) {
      upstream.reset();
    }
  }

  void timeOut() {
    timedOut = true;
    cut();
  }

  boolean timedOut() {
    return timedOut;
  }

  void callerLeft() {
    callerGone = true;
    cut();
  }

  boolean callerGone() {
    return callerGone;
  }

  /// Whether a request that was sent and got not one byte of an answer may be sent once more (RFC
  /// 9110, section 9.2.2): nothing of it is lost, and doing it twice does no more than once.
  boolean mayBeSentAgain() {
    return upstream != null
        && resent < MAX_RESENT
        && !timedOut
        && !callerGone
        && !withBody
        && (IDEMPOTENT.contains(request.method()) || request.headers().contains("Idempotency-Key"));
  }

  void sendAgain() {
    resent++;
    upstream = null;
    if (replica != null) {
      // It may be the only one, and only its old connection was dead.
      tried.remove(replica.getId());
    }
  }

  /// A kept connection turned out closed before anything was sent: its replica is not to blame.
  ///
  /// @return whether it may be tried again
  boolean wasStale(ServiceInstance chosen) {
    if (stale) {
      return false;
    }
    stale = true;
    tried.remove(chosen.getId());
    return true;
  }

  /// Whether a kept connection was closed under it before.
  boolean wantsFreshConnection() {
    return stale || sentBefore();
  }

  boolean sentBefore() {
    return resent > 0;
  }
}
