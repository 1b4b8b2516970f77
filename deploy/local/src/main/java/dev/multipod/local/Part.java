package dev.multipod.local;

import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;

/// One row of the table of what runs.
///
/// @param name the service's name; its replicas are `<name>-1`, `<name>-2`, …
/// @param program what follows `java` and its flags: `-jar`, a path; or `-cp`, a path, a class
/// @param replicas how many at the start
/// @param heap the largest Java heap: `96m`
/// @param kind how it is reached
/// @param port its HTTP port (a raw one for [Kind#RAW]), when it must be a certain one
/// @param needs the servers it uses
/// @param environment what it gets besides what every replica gets
record Part(
    String name,
    List<String> program,
    int replicas,
    String heap,
    Kind kind,
    OptionalInt port,
    Set<Need> needs,
    Map<String, String> environment) {

  /// How a part is reached, and so how it is known to be ready.
  enum Kind {
    /// HTTP behind the gateway, with a peers file and any number of replicas.
    SERVICE,
    /// As a service, and raw sockets: one port that all replicas share, one for each.
    RAW,
    /// The one address in front of the services.
    GATEWAY,
    /// One process with one port, ready when it listens.
    SERVER
  }

  /// A server of the stack.
  enum Need {
    POSTGRES,
    KAFKA,
    TOKENS
  }

  boolean scales() {
    return kind == Kind.SERVICE || kind == Kind.RAW;
  }

  /// `TCP_ECHO`.
  String variable() {
    return name.toUpperCase(java.util.Locale.ROOT).replace('-', '_');
  }
}
