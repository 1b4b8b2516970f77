package dev.multipod.udpecho;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.multipod.testkit.Await;
import dev.multipod.testkit.Faults;
import dev.multipod.testkit.Ports;
import dev.multipod.testkit.ServiceProcess;
import dev.multipod.testkit.Tools;
import io.restassured.RestAssured;
import io.restassured.path.json.JsonPath;
import java.net.DatagramSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
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
      address = ('127.0.0.1', int(sys.argv[1]))
      client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
      client.settimeout(10)
      for line in ['hello', 'Multiprocessing 1', 'grüße', '', 'x' * 1024]:
          client.sendto(line.encode('utf-8'), address)
          data, server = client.recvfrom(1024 * 2)
          assert data == line.encode('utf-8').upper(), data
          assert server == address, server
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
      Files.write(peers.resolve("udp-echo"), lines);
      Set<String> names = new TreeSet<>();
      for (int i = 0; i < 6; i++) {
        JsonPath reply = message(replicas.getFirst(), "hello");
        assertEquals("HELLO", reply.getString("reply"));
        names.add(reply.getString("replica"));
      }
      assertEquals(Set.of("udp-echo-1", "udp-echo-2", "udp-echo-3"), names);

      replicas.getLast().pause();
      int retries = 0;
      for (int i = 0; i < 3; i++) {
        JsonPath reply = message(replicas.getFirst(), "on");
        assertEquals("ON", reply.getString("reply"));
        retries += reply.getInt("retries");
      }
      assertTrue(retries >= 1, "a lost message is sent again, and that is told");
    } finally {
      replicas.forEach(ServiceProcess::close);
    }
  }

  @Test
  void aReplicaThatLeavesASharedPortLosesNothing() throws Exception {
    int shared = Ports.free();
    try (ServiceProcess leaving = EchoProcess.builder(1, shared).start();
        EchoProcess staying = new EchoProcess(EchoProcess.builder(2, shared).start(), shared)) {
      boolean terminated = false;
      for (int i = 0; i < 400; i++) {
        if (i == 100) {
          Faults.terminate(leaving.pid());
          terminated = true;
        }
        assertTrue(staying.echoes(), "datagram " + i);
        if (terminated && i % 20 == 0 && leaving.child().isAlive()) {
          // The rest is sent while it goes, not before.
          Await.until("it goes on", Duration.ofSeconds(10), () -> staying.echoes());
        }
      }
      assertTrue(leaving.child().awaitEnd(Duration.ofSeconds(10)));
      assertTrue(staying.echoes());
    }
  }

  @Test
  void aReplicaAloneServesThroughItsShutdownDelay() throws Exception {
    int port = Ports.free();
    try (EchoProcess echo =
            new EchoProcess(
                EchoProcess.builder(1, port).with("QUARKUS_SHUTDOWN_DELAY", "6s").start(), port);
        DatagramSocket client = EchoProcess.client("127.0.0.1", 0)) {
      Faults.terminate(echo.process().pid());
      Await.until("not ready", Duration.ofSeconds(5), () -> !echo.process().ready());
      echo.send(client, new byte[] {'l'});
      assertEquals('L', EchoProcess.receive(client)[0]);
      assertTrue(echo.process().child().awaitEnd(Duration.ofSeconds(30)));
    }
  }

  @Test
  void thePythonClientOfTheTutorialIsServed() throws Exception {
    Path python = Tools.require("python3", "the tutorial's UDP client");
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

  private static JsonPath message(ServiceProcess asked, String text) {
    return JsonPath.from(
        RestAssured.given().body(text).post(asked.base() + "/udp-echo/messages").asString());
  }
}
