package dev.multipod.echo;

import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/// The client side: what one call over HTTP may cost.
@ConfigMapping(prefix = "multipod.echo")
public interface ClientSettings {
  /// The largest message; a larger one gets 413 `message-too-large`. A datagram holds 65,507 bytes.
  @WithDefault("65507")
  MemorySize maxMessage();

  /// How long the first try waits for its reply; every retry waits twice as long as the one before.
  @WithDefault("250ms")
  Duration replyTimeout();

  /// How often a message is sent again, over a new socket to the next replica; then 502 or 504.
  @WithDefault("3")
  int retries();

  /// What one load may ask for.
  Load load();

  /// The bounds of `POST /<service>/load`; more gets 422 `load-too-large`.
  interface Load {
    /// The most sockets of one load.
    @WithDefault("500")
    int maxClients();

    /// The most messages of one load, over all its clients.
    @WithDefault("200000")
    int maxMessages();

    /// The longest a load runs; it is then cut off and says so in its summary.
    @WithDefault("30s")
    Duration maxDuration();

    /// How many loads this replica runs at once; one more gets 503 `load-busy`.
    @WithDefault("2")
    int concurrent();

    /// The time between two progress lines.
    @WithDefault("500ms")
    Duration progress();
  }
}
