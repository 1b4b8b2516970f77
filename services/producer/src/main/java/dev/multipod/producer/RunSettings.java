package dev.multipod.producer;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/// How many runs there may be, and how large.
@ConfigMapping(prefix = "multipod.producer.run")
interface RunSettings {
  /// How many runs go on at once in this replica; one more gets 503 `too-many-runs`.
  @WithDefault("50")
  int atOnce();

  /// How many runs a replica remembers, those that go on and the last that ended.
  @WithDefault("200")
  int remembered();

  /// How many items one run may put; more gets 422 `invalid-run`.
  @WithDefault("10000")
  int maxCount();

  /// The longest pause between two items; a longer one gets 422 `invalid-run`.
  @WithDefault("1m")
  Duration maxInterval();

  /// For how long a run goes on trying while the queue's owner or Kafka is away; then it has
  /// failed.
  @WithDefault("2m")
  Duration patience();

  /// How many of a run's last events are kept for who begins to watch it.
  @WithDefault("100")
  int events();

  /// How many may watch runs at once in this replica; one more gets 503 `too-many-watchers`.
  @WithDefault("100")
  int watchers();
}
