package dev.multipod.udpecho;

import dev.multipod.testkit.Ports;
import dev.multipod.testkit.ServiceProcess;
import io.restassured.RestAssured;
import io.restassured.path.json.JsonPath;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/// udp-echo as a process of its own, and sockets to it.
record EchoProcess(ServiceProcess process, int port) implements AutoCloseable {
  /// Starts it.
  ///
  /// @param settings such as `SOCKET=channel`, without what all of them begin with
  static EchoProcess start(String... settings) {
    int port = Ports.free();
    return new EchoProcess(builder(1, port, settings).start(), port);
  }

  static ServiceProcess.Builder builder(int replica, int port, String... settings) {
    ServiceProcess.Builder builder =
        ServiceProcess.of("udp-echo")
            .replica(replica)
            .with("MULTIPOD_UDP_ECHO_PORT", Integer.toString(port));
    for (String setting : settings) {
      int equals = setting.indexOf('=');
      builder.with(
          "MULTIPOD_UDP_ECHO_" + setting.substring(0, equals), setting.substring(equals + 1));
    }
    return builder;
  }

  /// A client's socket on the loopback address `host`; port 0 is any.
  static DatagramSocket client(String host, int port) throws IOException {
    DatagramSocket socket =
        new DatagramSocket(new InetSocketAddress(InetAddress.getByName(host), port));
    socket.setSoTimeout(5000);
    return socket;
  }

  void send(DatagramSocket from, byte[] bytes) throws IOException {
    from.send(new DatagramPacket(bytes, bytes.length, InetAddress.getLoopbackAddress(), port));
  }

  static byte[] receive(DatagramSocket at) throws IOException {
    DatagramPacket packet = new DatagramPacket(new byte[65536], 65536);
    at.receive(packet);
    return Arrays.copyOf(packet.getData(), packet.getLength());
  }

  /// Whether a datagram is answered now.
  boolean echoes() throws IOException {
    try (DatagramSocket socket = client("127.0.0.1", 0)) {
      send(socket, new byte[] {'p', 'i', 'n', 'g'});
      return Arrays.equals(receive(socket), new byte[] {'P', 'I', 'N', 'G'});
    }
  }

  /// A number of `GET /udp-echo/stats`, such as `raw.dropped.port`.
  long stat(String path) {
    String stats = RestAssured.get(process.base() + "/udp-echo/stats").asString();
    return JsonPath.from(stats).getLong(path);
  }

  long residentMiB() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/" + process.pid() + "/status"))) {
      if (line.startsWith("VmRSS:")) {
        return Long.parseLong(line.replaceAll("\\D", "")) / 1024;
      }
    }
    throw new IOException("no VmRSS");
  }

  @Override
  public void close() {
    process.close();
  }
}
