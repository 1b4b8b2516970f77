package dev.multipod.bench.tickets;

import dev.multipod.testkit.Await;
import dev.multipod.testkit.Child;
import dev.multipod.testkit.Ports;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/// A Redis as it comes from the package, without a file: the fastest it can be.
record Redis(Child child, int port) implements AutoCloseable {
  static Redis start() {
    int port = Ports.free();
    Child child =
        Child.start(
            "redis",
            List.of("redis-server", "--port", Integer.toString(port), "--save", ""),
            Map.of(),
            Path.of(System.getProperty("java.io.tmpdir")),
            _ -> {});
    Await.until(
        "redis",
        Duration.ofSeconds(10),
        () -> {
          try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
          } catch (IOException e) {
            return false;
          }
        });
    return new Redis(child, port);
  }

  @Override
  public void close() {
    child.close();
  }
}
