package dev.multipod.ticket.lock;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import io.smallrye.config.WithName;
import java.time.Duration;

/// How long a lease lasts, and how many may wait.
@ConfigMapping(prefix = "multipod.ticket-service.lock")
public interface LockSettings {
  /// How long a lease lasts when the caller does not say.
  @WithDefault("10s")
  Duration ttl();

  /// The shortest lease; a shorter `ttl` gets 422 `ttl-out-of-range`.
  @WithDefault("500ms")
  Duration minTtl();

  /// The longest lease; a longer `ttl` gets 422 `ttl-out-of-range`. What a dead holder costs.
  @WithDefault("5m")
  Duration maxTtl();

  /// How long a caller waits for the lock when it does not say; at most `multipod.wait.max`.
  @WithDefault("0s")
  @WithName("wait")
  Duration usualWait();

  /// How many may wait for one lock, over all replicas; one more gets 503 `lock-queue-full`.
  @WithDefault("10000")
  int maxWaiters();

  /// How many may watch locks at one replica; one more gets 503 `too-many-watchers`. Each asks the
  /// database at every poll.
  @WithDefault("100")
  int maxWatchers();

  /// How often a replica looks for grants it was not told of and for leases that ran out.
  @WithDefault("300ms")
  Duration poll();

  /// How long a waiter keeps its place without a sign of life: between two waits of a caller, or
  /// after its replica died.
  @WithDefault("4s")
  Duration keepPlace();
}
