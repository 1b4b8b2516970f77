package dev.multipod.ssh;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// Servers that never come to the point: `silent` says nothing, `chatty` says lines without end.
final class RudeServers implements AutoCloseable {
  private interface Manner {
    void talk(OutputStream out) throws IOException;
  }

  private final List<ServerSocket> sockets = new ArrayList<>();

  void addTo(StringBuilder targets) throws IOException {
    add(targets, "silent", out -> {});
    byte[] line = "welcome, and wait\r\n".getBytes(StandardCharsets.US_ASCII);
    add(
        targets,
        "chatty",
        out -> {
          while (true) {
            out.write(line);
          }
        });
  }

  private void add(StringBuilder targets, String name, Manner manner) throws IOException {
    ServerSocket socket = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
    sockets.add(socket);
    Thread.ofVirtual().start(() -> serve(socket, manner));
    Servers.target(targets, name, socket.getLocalPort(), "demo", "[]", "passwordFile: password");
  }

  private static void serve(ServerSocket socket, Manner manner) {
    while (!socket.isClosed()) {
      try {
        Socket caller = socket.accept();
        Thread.ofVirtual()
            .start(
                () -> {
                  try (caller) {
                    manner.talk(caller.getOutputStream());
                    // Stays until the caller leaves.
                    caller.getInputStream().transferTo(OutputStream.nullOutputStream());
                  } catch (IOException e) {
                    // The caller left.
                  }
                });
      } catch (IOException e) {
        return;
      }
    }
  }

  @Override
  public void close() throws IOException {
    for (ServerSocket socket : sockets) {
      socket.close();
    }
  }
}
