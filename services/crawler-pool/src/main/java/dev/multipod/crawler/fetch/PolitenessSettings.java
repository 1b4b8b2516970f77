package dev.multipod.crawler.fetch;

import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// How a site is spared, over all replicas.
@ConfigMapping(prefix = "multipod.crawler.politeness")
public interface PolitenessSettings {
  /// Between the end of a request to a host and the next; one request at a time.
  @WithDefault("1s")
  Duration spacing();

  /// Hosts with another spacing: `host:port=duration`, such as `127.0.0.1:8081=0s`.
  Optional<List<String>> spacingFor();

  /// The longest `Crawl-delay` that is kept; a longer one fails with `crawl-delay-too-long`.
  @WithDefault("30s")
  Duration maxCrawlDelay();

  /// How long a turn that is not there yet is waited for in the middle of a fetch.
  @WithDefault("60s")
  Duration maxTurnWait();

  /// The name that robots.txt knows this crawler by.
  @WithDefault("multipod")
  String robotsName();

  /// How much of a robots.txt is read; the rest is ignored.
  @WithDefault("512K")
  MemorySize robotsSize();

  /// How long a robots.txt is believed.
  @WithDefault("24h")
  Duration robotsAge();

  /// How long a robots.txt that could not be had keeps its site closed.
  @WithDefault("5m")
  Duration robotsRetry();
}
