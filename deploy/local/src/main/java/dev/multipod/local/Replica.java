package dev.multipod.local;

import java.util.OptionalInt;

/// One process of a part, by name, with the ports it has for as long as the stack runs.
record Replica(String service, int number, int httpPort, int managementPort, OptionalInt rawPort) {
  String name() {
    return service + "-" + number;
  }

  /// A line of a peers file.
  String peer() {
    return name()
        + " 127.0.0.1 "
        + httpPort
        + (rawPort.isPresent() ? " " + rawPort.getAsInt() : "");
  }
}
