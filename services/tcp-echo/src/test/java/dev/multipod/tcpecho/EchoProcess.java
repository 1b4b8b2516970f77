package dev.multipod.tcpecho;

import dev.multipod.testkit.Ports;
import dev.multipod.testkit.ServiceProcess;
import io.restassured.RestAssured;
import io.restassured.path.json.JsonPath;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/// tcp-echo as a process of its own, and sockets to it.
record EchoProcess(ServiceProcess process, int port) implements AutoCloseable {
  private static final int TIMEOUT_MILLIS = 20_000;

  /// Starts it.
  ///
  /// @param settings such as `IDLE_TIMEOUT=1s`, without what all of them begin with
  static EchoProcess start(String... settings) {
    int port = Ports.free();
    return new EchoProcess(builder(1, port, settings).start(), port);
  }

  static ServiceProcess.Builder builder(int replica, int port, String... settings) {
    ServiceProcess.Builder builder =
        ServiceProcess.of("tcp-echo")
            .replica(replica)
            .with("MULTIPOD_TCP_ECHO_PORT", Integer.toString(port));
    for (String setting : settings) {
      int equals = setting.indexOf('=');
      builder.with(
          "MULTIPOD_TCP_ECHO_" + setting.substring(0, equals), setting.substring(equals + 1));
    }
    return builder;
  }

  Socket connect() throws IOException {
    return connect(port, 0);
  }

  /// @param receiveBuffer bytes, 0 for the kernel's choice
  static Socket connect(int port, int receiveBuffer) throws IOException {
    Socket socket = new Socket();
    if (receiveBuffer > 0) {
      socket.setReceiveBufferSize(receiveBuffer);
    }
    socket.setSoTimeout(TIMEOUT_MILLIS);
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), TIMEOUT_MILLIS);
    return socket;
  }

  /// Whether a connection echoes now.
  static boolean echoes(Socket socket) throws IOException {
    socket.getOutputStream().write(new byte[] {'p', 'i', 'n', 'g'});
    byte[] reply = socket.getInputStream().readNBytes(4);
    return Arrays.equals(reply, new byte[] {'P', 'I', 'N', 'G'});
  }

  /// Closes what its owner would close later.
  static void hangUp(Closeable connection) throws IOException {
    connection.close();
  }

  /// A number of `GET /tcp-echo/stats`, such as `raw.cut.reset`.
  long stat(String path) {
    String stats = RestAssured.get(process.base() + "/tcp-echo/stats").asString();
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
