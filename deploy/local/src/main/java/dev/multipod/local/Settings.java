package dev.multipod.local;

import dev.multipod.testkit.Checkout;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/// What the environment says about the stack.
///
/// @param home the folder of everything it keeps
/// @param port the gateway's
/// @param rawPort the echoes', TCP and UDP
/// @param sitePort the demonstration site's
/// @param sshPort the demonstration SSH server's
/// @param colour whether the output has colours
record Settings(Path home, int port, int rawPort, int sitePort, int sshPort, boolean colour) {
  static final int DEFAULT_PORT = 8080;
  static final int DEFAULT_RAW_PORT = 9007;
  static final int DEFAULT_SITE_PORT = 8081;
  static final int DEFAULT_SSH_PORT = 2222;

  /// @throws Refusal when a variable makes no sense
  static Settings from(Map<String, String> environment) {
    Path home =
        Optional.ofNullable(environment.get("MULTIPOD_HOME"))
            .filter(folder -> !folder.isBlank())
            .map(Path::of)
            .orElseGet(() -> Checkout.root().resolve(".multipod"))
            .toAbsolutePath()
            .normalize();
    boolean terminal =
        Optional.ofNullable(System.console()).map(java.io.Console::isTerminal).orElse(false);
    return new Settings(
        home,
        port(environment, "MULTIPOD_PORT", DEFAULT_PORT),
        port(environment, "MULTIPOD_RAW_PORT", DEFAULT_RAW_PORT),
        port(environment, "MULTIPOD_SITE_PORT", DEFAULT_SITE_PORT),
        port(environment, "MULTIPOD_SSH_PORT", DEFAULT_SSH_PORT),
        terminal && environment.getOrDefault("NO_COLOR", "").isEmpty());
  }

  Path data() {
    return home.resolve("data");
  }

  Path peers() {
    return home.resolve("peers");
  }

  Path run() {
    return home.resolve("run");
  }

  Path token() {
    return home.resolve("token");
  }

  private static int port(Map<String, String> environment, String variable, int otherwise) {
    String value = environment.getOrDefault(variable, "");
    if (value.isBlank()) {
      return otherwise;
    }
    try {
      int port = Integer.parseInt(value.strip());
      if (port > 0 && port < 65536) {
        return port;
      }
    } catch (NumberFormatException e) {
      throw new Refusal(variable + " is '" + value + "': a port from 1 to 65535 is meant.", e);
    }
    throw new Refusal(variable + " is '" + value + "': a port from 1 to 65535 is meant.");
  }
}
