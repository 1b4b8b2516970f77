package dev.multipod.consumer;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;
import java.util.Optional;

/// The daemon consumers of this replica: loops that get an item, keep it for a while, and say done.
@ConfigMapping(prefix = "multipod.consumer.eat")
interface EatSettings {
  /// The queue that this replica eats from by itself, so that the number of replicas is the number
  /// of eaters; it may be made later. Absent: none, only the loops that callers begin.
  Optional<String> queue();

  /// How many loops eat from that queue, and from another one when a caller does not say.
  @WithDefault("2")
  int loops();

  /// How long they keep an item, likewise.
  @WithDefault("1500ms")
  Duration each();

  /// How many loops there may be in this replica, those by configuration included; one more gets
  /// 503 `too-many-loops`. Each takes a slot while it has an item: with fewer than
  /// `multipod.consumer.slots` the other callers always have some.
  @WithDefault("16")
  int maxLoops();

  /// The longest that an item may be kept; longer gets 422 `invalid-run`.
  @WithDefault("10m")
  Duration maxEach();

  /// How many runs a replica remembers, those that go on and the last that were stopped.
  @WithDefault("200")
  int remembered();

  /// How many may watch the slots at once in this replica; one more gets 503 `too-many-watchers`.
  @WithDefault("50")
  int watchers();

  /// How many events a watcher may be behind; what is older it is told to have missed.
  @WithDefault("1000")
  int events();
}
