package dev.multipod.local;

import dev.multipod.testkit.Ports;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;

/// The ports that people know by heart, asked for before anything is started.
final class FixedPorts {
  /// @param port the port
  /// @param use what it is for
  /// @param variable what moves it
  record Wanted(int port, String use, String variable) {}

  private FixedPorts() {}

  static List<Wanted> of(Settings settings) {
    return List.of(
        new Wanted(settings.port(), "the gateway", "MULTIPOD_PORT"),
        new Wanted(settings.rawPort(), "the raw echoes", "MULTIPOD_RAW_PORT"),
        new Wanted(settings.sitePort(), "the demonstration site", "MULTIPOD_SITE_PORT"),
        new Wanted(settings.sshPort(), "the demonstration SSH server", "MULTIPOD_SSH_PORT"));
  }

  /// Keeps them from being given to anybody else.
  ///
  /// @throws Refusal that names every port that is taken
  static void require(List<Wanted> ports) {
    List<Wanted> taken = ports.stream().filter(wanted -> !free(wanted.port())).toList();
    if (taken.isEmpty()) {
      ports.forEach(wanted -> Ports.keep(wanted.port()));
      return;
    }
    StringBuilder message = new StringBuilder();
    for (Wanted wanted : taken) {
      message.append(
          """
          Port %d on 127.0.0.1, for %s, is taken.
            who has it:    ss -lntup 'sport = :%d'    (macOS: lsof -nP -i :%d)
            another port:  %s=%d make run
          """
              .formatted(
                  wanted.port(),
                  wanted.use(),
                  wanted.port(),
                  wanted.port(),
                  wanted.variable(),
                  Ports.free()));
    }
    throw new Refusal(message.toString().stripTrailing());
  }

  private static boolean free(int port) {
    if (!Ports.isFree(port)) {
      return false;
    }
    try (DatagramSocket socket =
        new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))) {
      return socket.isBound();
    } catch (IOException e) {
      return false;
    }
  }
}
