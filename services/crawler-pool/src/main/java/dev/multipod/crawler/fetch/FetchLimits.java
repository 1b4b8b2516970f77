package dev.multipod.crawler.fetch;

import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/// What one fetch may take. Beyond a limit the task fails with the code that is named.
@ConfigMapping(prefix = "multipod.crawler.fetch")
public interface FetchLimits {
  /// To connect, and for each step of TLS; `connect-failed`.
  @WithDefault("5s")
  Duration connect();

  /// Without a byte from the site; `timed-out`.
  @WithDefault("10s")
  Duration read();

  /// For all of it, redirects included, waiting for turns aside; ends a slow drip; `timed-out`.
  @WithDefault("30s")
  Duration total();

  /// Bytes of a body as sent; `too-large`.
  @WithDefault("5M")
  MemorySize wire();

  /// Bytes of a body after decompression, checked while decompressing; `too-large`.
  @WithDefault("10M")
  MemorySize decoded();

  /// Bytes of all header lines of an answer; `headers-too-large`.
  @WithDefault("64K")
  MemorySize headers();

  /// Redirects in a row; `too-many-redirects`.
  @WithDefault("5")
  int redirects();

  /// Repeats after a broken connection or 429, 502, 503, 504; then the last failure stands.
  @WithDefault("2")
  int retries();

  /// Before the first repeat; doubled for each further one.
  @WithDefault("1s")
  Duration retryPause();

  /// The longest `Retry-After` that is waited for; a longer one ends the retries.
  @WithDefault("5m")
  Duration maxRetryAfter();

  /// The User-Agent header.
  @WithDefault("multipod-crawler/0.1")
  String userAgent();
}
