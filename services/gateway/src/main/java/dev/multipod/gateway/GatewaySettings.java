package dev.multipod.gateway;

import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;
import java.util.List;

/// What passes, where to, and how much at once.
@ConfigMapping(prefix = "multipod.gateway")
interface GatewaySettings {
  /// The services behind this address, each under `/<service>/`; any other path is 404
  /// `unknown-service`.
  @WithDefault("udp-echo,tcp-echo,ticket-service,producer,consumer,crawler-pool,ssh-gateway")
  List<String> services();

  /// How often the replicas of each service are looked up.
  @WithDefault("250ms")
  Duration refresh();

  /// How many requests may be under way at once; one more gets 503 `gateway-busy`.
  @WithDefault("8000")
  int maxRequests();

  /// How many of them may be for one service; one more gets 503 `gateway-busy`.
  @WithDefault("4000")
  int maxRequestsPerService();

  /// How long connecting to a replica may take before another one is tried.
  @WithDefault("2s")
  Duration connectTimeout();

  /// How many replicas are tried for one request; then it is 502 `upstream-unreachable`.
  @WithDefault("4")
  int maxTries();

  /// How long a replica that could not be connected to is passed over.
  @WithDefault("1s")
  Duration rest();

  /// How long the answer may take to begin after the whole request was sent; then it is 504
  /// `upstream-timeout`. Longer than the longest long poll of a service.
  @WithDefault("90s")
  Duration responseTimeout();

  /// How long nothing may pass in an answer that has begun (or in a tunnel) before it is cut.
  @WithDefault("150s")
  Duration idleTimeout();

  /// How long a connection to a replica is kept for the next request. Shorter than the services'
  /// own idle time-out, or a request could meet a connection that is just being closed.
  @WithDefault("30s")
  Duration keepAlive();

  /// The largest head of an answer; a larger one is 502 `upstream-failed`.
  @WithDefault("32K")
  MemorySize maxResponseHeaderSize();

  /// Whether `Forwarded` and `X-Forwarded-*` of a caller are kept and added to (a load balancer in
  /// front set them) or replaced (anybody could have).
  @WithDefault("false")
  boolean trustForwarded();
}
