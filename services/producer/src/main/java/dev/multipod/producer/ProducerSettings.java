package dev.multipod.producer;

import io.quarkus.runtime.configuration.MemorySize;
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

  /// How long one transaction stays open, at least a second. At most four fifths of the broker's
  /// `transaction.max.timeout.ms` (15 min), see [TransactionDemand].
  @WithDefault("10m")
  Duration transaction();

  /// How many queues there may be; one more gets 503 `too-many-queues`.
  @WithDefault("500")
  int queues();

  /// How many callers may wait in this replica for places in its queues; one more gets 503
  /// `too-many-waiters`.
  @WithDefault("10000")
  int callers();

  /// How many callers may join their own items at once in this replica; one more gets 503
  /// `too-many-waiters`. Each reads what its queue has that is not finished, with a Kafka client.
  @WithDefault("50")
  int ownJoins();

  /// How many items one call may put; at most `keys`, so that a repeated call knows them all.
  @WithDefault("5000")
  int batch();

  /// How many deleted queues of a share are remembered after nothing of them is left; of one that
  /// is forgotten, the oldest first, a later queue of its name may have the same ids.
  @WithDefault("10000")
  int deletedQueues();

  /// How many bytes of items one page of dead letters has at most; it ends before the letter that
  /// would be over, and a larger one comes alone.
  @WithDefault("4M")
  MemorySize deadLettersPage();

  /// The largest item, at most 1 MiB, for which the topics are made; a larger one gets 413
  /// `too-large`. `multipod.http.max-body-size` bounds a whole call.
  @WithDefault("1M")
  MemorySize itemSize();

  /// How many headers an item may have; one more gets 422 `too-many-headers`.
  @WithDefault("32")
  int itemHeaders();

  /// How many bytes an item's key and its headers' names and values may have together, at most 8
  /// KiB; more get 422 `item-headers-too-large`. As HTTP headers a byte of them is up to three.
  @WithDefault("4K")
  MemorySize itemHeadersSize();
}
