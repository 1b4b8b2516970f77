package dev.multipod.crawler.pool;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/// Bounds of pools.
@ConfigMapping(prefix = "multipod.crawler.pool")
public interface PoolSettings {
  /// How many pools there may be; one more gets 429 `too-many-pools`.
  @WithDefault("1000")
  int pools();

  /// The most `processes` of one pool; more gets 422 `invalid-pool`.
  @WithDefault("256")
  int processes();

  /// How many tasks of a pool may be pending or running; more gets 429 `pool-full`.
  @WithDefault("10000")
  int tasks();

  /// How many tasks one call may submit; more gets 413 `too-many-tasks`.
  @WithDefault("1000")
  int tasksAtOnce();

  /// How long a closed and drained pool is kept with its results after its last task ended.
  @WithDefault("168h")
  Duration retention();
}
