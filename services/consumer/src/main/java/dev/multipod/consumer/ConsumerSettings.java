package dev.multipod.consumer;

import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/// How items are got.
@ConfigMapping(prefix = "multipod.consumer")
interface ConsumerSettings {
  /// How many leases this replica gives at once, and at the same time how many share consumers it
  /// has. A caller beyond them waits in line. For one queue, replicas × slots is at most the
  /// broker's `group.share.max.size` (200).
  @WithDefault("32")
  int slots();

  /// The most items of one lease; a caller who asks for more gets 422 `too-many-items`. The
  /// broker's `group.share.partition.max.record.locks` bounds what all leases of a queue hold
  /// together.
  @WithDefault("500")
  int batch();

  /// How many bytes of items a lease has at most, but for a single item that is larger.
  @WithDefault("1M")
  MemorySize batchSize();

  /// How many callers may wait in this replica; one more gets 503 `too-many-waiters`.
  @WithDefault("1000")
  int callers();

  /// How long a share consumer without a caller is kept for the next one of its queue; for another
  /// queue's caller who finds no free slot, the one that was not used for longest is closed.
  @WithDefault("2s")
  Duration idle();

  /// How much earlier than the broker's lock a lease ends, so that its holder is told before the
  /// item goes to another.
  @WithDefault("500ms")
  Duration leaseMargin();

  /// How long the broker may take to answer an acknowledgement.
  @WithDefault("5s")
  Duration ackTimeout();

  /// How many ended leases are remembered, so that a late or repeated call gets the right answer.
  @WithDefault("10000")
  int remembered();
}
