import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.StringJoiner;

/// Prints ports of loopback that nobody listens on: `java FreePorts.java HOW_MANY`.
void main(String[] arguments) throws Exception {
  List<ServerSocket> held = new ArrayList<>();
  StringJoiner ports = new StringJoiner(" ");
  for (int i = 0; i < Integer.parseInt(arguments[0]); i++) {
    ServerSocket one = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    held.add(one); // until all are found, so that they differ
    ports.add(Integer.toString(one.getLocalPort()));
  }
  for (ServerSocket one : held) {
    one.close();
  }
  IO.println(ports);
}
