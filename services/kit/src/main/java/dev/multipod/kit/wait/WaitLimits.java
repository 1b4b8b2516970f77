package dev.multipod.kit.wait;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/// How long, and how many.
@ConfigMapping(prefix = "multipod.wait")
public interface WaitLimits {
  /// The longest a call waits; a longer `timeout` is cut to it, and the caller asks again.
  @WithDefault("60s")
  Duration max();

  /// How many callers may wait at once in this replica; one more gets 503 `too-many-waiters`.
  @WithDefault("10000")
  int callers();
}
