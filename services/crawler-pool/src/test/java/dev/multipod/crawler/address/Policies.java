package dev.multipod.crawler.address;

import java.util.List;
import java.util.Optional;

/// Policies for tests.
public final class Policies {
  private record Settings(
      Optional<List<String>> allow, Optional<List<String>> deny, List<Integer> ports)
      implements AddressSettings {}

  private Policies() {}

  /// The built-in table, ports 80 and 443, and these entries of the allow-list.
  public static AddressPolicy allowing(String... entries) {
    return new AddressPolicy(
        new Settings(Optional.of(List.of(entries)), Optional.empty(), List.of(80, 443)));
  }

  static AddressPolicy denying(String... ranges) {
    return new AddressPolicy(
        new Settings(Optional.empty(), Optional.of(List.of(ranges)), List.of(80, 443)));
  }
}
