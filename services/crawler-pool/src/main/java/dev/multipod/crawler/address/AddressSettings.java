package dev.multipod.crawler.address;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.util.List;
import java.util.Optional;

/// What the operator permits and forbids beyond the built-in table. Never a field of a request.
@ConfigMapping(prefix = "multipod.crawler")
public interface AddressSettings {
  /// `CIDR:port`, such as `127.0.0.1/32:8081`: destinations permitted although the table, the ports
  /// or `deny` forbid them.
  Optional<List<String>> allow();

  /// CIDRs forbidden besides the table: the ranges of pods, services and nodes.
  Optional<List<String>> deny();

  /// The ports that may be fetched from; another one is refused with `address-denied`.
  @WithDefault("80,443")
  List<Integer> ports();
}
