package dev.multipod.tcpecho;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.multipod.testkit.Ports;
import dev.multipod.testkit.ServiceProcess;
import dev.multipod.testkit.Tools;
import io.restassured.RestAssured;
import io.restassured.path.json.JsonPath;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReplicasIT {
  private static final String CLIENT =
      """
      import socket, sys
      client = socket.socket()
      client.connect(('127.0.0.1', int(sys.argv[1])))
      for line in ['hello', 'Multiprocessing 1', 'grüße', 'x' * 1024]:
          client.send(line.encode('utf-8'))
          data = client.recv(1024)
          while len(data) < len(line.encode('utf-8')):
              data += client.recv(1024)
          assert data == line.encode('utf-8').upper(), data
      client.close()
      print('as expected')
      """;

  @Test
  void oneReplicaThatIsAskedNamesAllThreeWhoseSocketsAnswered(@TempDir Path peers)
      throws Exception {
    int shared = Ports.free();
    List<ServiceProcess> replicas = new ArrayList<>();
    try {
      List<String> lines = new ArrayList<>();
      for (int i = 1; i <= 3; i++) {
        int own = Ports.free();
        ServiceProcess replica =
            EchoProcess.builder(i, shared, "OWN_PORT=" + own)
                .with("MULTIPOD_PEERS_DIRECTORY", peers.toString())
                .start();
        replicas.add(replica);
        lines.add("%s 127.0.0.1 %d %d".formatted(replica.name(), replica.port(), own));
      }
      Files.write(peers.resolve("tcp-echo"), lines);

      Set<String> names = new TreeSet<>();
      for (int i = 0; i < 6; i++) {
        String reply =
            RestAssured.given()
                .body("hello")
                .post(replicas.getFirst().base() + "/tcp-echo/messages")
                .asString();
        assertEquals("HELLO", JsonPath.from(reply).getString("reply"));
        names.add(JsonPath.from(reply).getString("replica"));
      }
      assertEquals(Set.of("tcp-echo-1", "tcp-echo-2", "tcp-echo-3"), names);

      replicas.getLast().kill();
      for (int i = 0; i < 3; i++) {
        String reply =
            RestAssured.given()
                .body("on")
                .post(replicas.getFirst().base() + "/tcp-echo/messages")
                .asString();
        assertEquals("ON", JsonPath.from(reply).getString("reply"));
      }
    } finally {
      replicas.forEach(ServiceProcess::close);
    }
  }

  @Test
  void thePythonClientOfTheTutorialIsServed() throws Exception {
    Path python = Tools.require("python3", "the tutorial's TCP client");
    try (EchoProcess echo = EchoProcess.start()) {
      Process client =
          new ProcessBuilder(python.toString(), "-c", CLIENT, Integer.toString(echo.port()))
              .redirectErrorStream(true)
              .start();
      String output = new String(client.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertEquals(0, client.waitFor(), output);
      assertTrue(output.contains("as expected"), output);
    }
  }
}
