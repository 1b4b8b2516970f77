package dev.multipod.crawler.task;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/// Bounds of single tasks.
@ConfigMapping(prefix = "multipod.crawler.task")
public interface TaskSettings {
  /// The longest `sleep` of a square; a longer one gets 422 `invalid-task`.
  @WithDefault("5m")
  Duration maxSleep();

  /// The most decimal digits of a square's `n`; more get 422 `invalid-task`.
  @WithDefault("500")
  int maxDigits();
}
