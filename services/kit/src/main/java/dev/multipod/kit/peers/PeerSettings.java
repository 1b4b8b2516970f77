package dev.multipod.kit.peers;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/// Where the replicas of a service are found.
@ConfigMapping(prefix = "multipod.peers")
public interface PeerSettings {
  /// A folder with one file for each service, one replica a line: `name host httpPort [rawPort]`.
  /// Whoever starts the replicas keeps it. Absent: DNS is asked.
  Optional<Path> directory();

  /// The name that DNS resolves to one address for each ready replica (a headless Service);
  /// `{service}` stands for the service.
  @WithDefault("{service}-replicas")
  String host();

  /// The HTTP port of every replica found by DNS.
  @WithDefault("8080")
  int httpPort();

  /// The raw port of every replica found by DNS.
  @WithDefault("9007")
  int rawPort();

  /// How old an answer of DNS may be before it is looked up again.
  @WithDefault("500ms")
  Duration maxAge();
}
