package dev.multipod.kit.auth;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// What a caller may do. Each role holds the ones before it.
public enum Role {
  /// Read: GET and HEAD.
  OBSERVE,
  /// Have effects: every other method, and what a service's README names beside them.
  USE,
  /// Change how the system runs.
  OPERATE;

  /// The role's name in a token's `groups` and in settings.
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /// This role's label and those of the roles it holds.
  Set<String> labels() {
    return Arrays.stream(values())
        .filter(role -> role.compareTo(this) <= 0)
        .map(Role::label)
        .collect(Collectors.toUnmodifiableSet());
  }

  static Optional<Role> labelled(String label) {
    return Arrays.stream(values()).filter(role -> role.label().equals(label)).findAny();
  }
}
