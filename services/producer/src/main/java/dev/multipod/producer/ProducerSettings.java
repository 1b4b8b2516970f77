package dev.multipod.producer;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/// How queues are admitted to.
@ConfigMapping(prefix = "multipod.producer")
interface ProducerSettings {
  /// How long a call waits, beyond its own timeout, for a queue's owner to be known, ready and
  /// reachable; then 503 `owner-away`, or 504 `outcome-unknown` when an item may have been sent.
  @WithDefault("5s")
  Duration ownerWait();

  /// How long the broker may take to accept an item; then the owner starts over from what the
  /// broker has.
  @WithDefault("5s")
  Duration sendTimeout();

  /// After how long without a sign of life an owner is replaced. The broker's
  /// `group.min.session.timeout.ms` (6 s) is the least.
  @WithDefault("6s")
  Duration session();

  /// How many of a queue's last items are kept on the broker after they are finished, so that a
  /// repeated Idempotency-Key is known.
  @WithDefault("10000")
  int keys();

  /// How long one transaction stays open. Under the broker's `transaction.max.timeout.ms` (15 min).
  @WithDefault("10m")
  Duration transaction();

  /// How many queues there may be; one more gets 503 `too-many-queues`.
  @WithDefault("500")
  int queues();

  /// How many callers may wait in this replica for places in its queues; one more gets 503
  /// `too-many-waiters`.
  @WithDefault("10000")
  int callers();

  /// How many items one call may put; at most `keys`, so that a repeated call knows them all.
  @WithDefault("5000")
  int batch();
}
