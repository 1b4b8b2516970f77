package dev.multipod.crawler.claim;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/// How tasks are taken and kept.
@ConfigMapping(prefix = "multipod.crawler.claim")
public interface ClaimSettings {
  /// How long a task stays with a worker that says nothing. It is renewed at a third of this; a
  /// worker that could not renew gives up at two thirds; then the task runs again.
  @WithDefault("15s")
  Duration lease();

  /// How many workers may be lost over one task; then it fails with `worker-lost`.
  @WithDefault("3")
  int maxAttempts();

  /// How many tasks this replica runs at once, over all pools.
  @WithDefault("64")
  int workers();

  /// How long a change may go unnoticed when its hint was lost.
  @WithDefault("500ms")
  Duration poll();

  /// How long running tasks may go on after SIGTERM; then they are handed back.
  @WithDefault("3s")
  Duration drain();
}
