package dev.multipod.ssh.target;

import dev.multipod.kit.problem.Problem;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// A place that callers may go to by its name.
///
/// @param hostKeys the only keys it may show; with none every connection is refused, and the
///   problem tells the key that was shown
public record Target(
    String name,
    String host,
    int port,
    String user,
    List<HostKey> hostKeys,
    Credential credential,
    Set<Permission> allow) {

  /// What callers may do at a target.
  public enum Permission {
    EXEC,
    READ,
    WRITE
  }

  /// Checks a permission.
  ///
  /// @throws Problem 403 `not-allowed-on-target`
  public Target allowing(Permission permission) {
    if (!allow.contains(permission)) {
      throw Problem.of(
              403,
              "not-allowed-on-target",
              "The target does not allow this",
              "The operator's targets file allows %s on '%s'; '%s' is not among it."
                  .formatted(
                      allow.stream().map(Target::label).sorted().toList(), name, label(permission)))
          .with("target", name);
    }
    return this;
  }

  static String label(Permission permission) {
    return permission.name().toLowerCase(Locale.ROOT);
  }
}
