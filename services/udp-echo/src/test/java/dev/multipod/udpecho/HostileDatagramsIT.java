package dev.multipod.udpecho;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.multipod.echo.Upper;
import dev.multipod.testkit.Await;
import dev.multipod.testkit.Ports;
import dev.multipod.testkit.Tools;
import java.net.BindException;
import java.net.DatagramSocket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HostileDatagramsIT {
  private static final Duration SOON = Duration.ofSeconds(20);
  // A datagram from port 0, which only a raw socket can send: source, destination, length, no sum.
  private static final String FROM_PORT_0 =
      """
      import socket, struct, sys
      s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_UDP)
      s.sendto(struct.pack('!HHHH', 0, int(sys.argv[1]), 12, 0) + b'zero', ('127.0.0.1', 0))
      """;

  @ParameterizedTest
  @ValueSource(strings = {"batch", "channel"})
  void everySizeComesBackInUpperCase(String kind) throws Exception {
    try (EchoProcess echo = EchoProcess.start("SOCKET=" + kind);
        DatagramSocket client = EchoProcess.client("127.0.0.1", 0)) {
      for (int size : new int[] {0, 1, 8193, 65507}) {
        byte[] sent = new byte[size];
        new Random(size).nextBytes(sent);
        echo.send(client, sent);
        assertArrayEquals(Upper.copyOf(sent), EchoProcess.receive(client), size + " bytes");
      }
    }
  }

  @Test
  void whatAnswersEverythingIsNotAnswered() throws Exception {
    int own = Ports.free();
    try (EchoProcess echo = EchoProcess.start("OWN_PORT=" + own)) {
      List<DatagramSocket> loops = new ArrayList<>();
      try {
        // Our own ports, by other addresses of this host.
        loops.add(EchoProcess.client("127.0.0.2", echo.port()));
        loops.add(EchoProcess.client("127.0.0.2", own));
        loops.add(EchoProcess.client("127.0.0.2", 7));
        loops.add(EchoProcess.client("127.0.0.2", 19));
      } catch (BindException e) {
        Tools.missing("ports below 1024 are denied: not tested: datagrams from ports 7 and 19");
      }
      for (DatagramSocket loop : loops) {
        echo.send(loop, new byte[] {'x'});
      }
      Await.until("all are dropped", SOON, () -> echo.stat("raw.dropped.port") == loops.size());
      for (DatagramSocket loop : loops) {
        loop.setSoTimeout(50);
        assertThrows(SocketTimeoutException.class, () -> EchoProcess.receive(loop));
        loop.close();
      }
      assertTrue(echo.echoes());
    }
  }

  @Test
  void aDatagramFromPortZeroIsDropped() throws Exception {
    Path python = Tools.require("python3", "a datagram from port 0");
    try (EchoProcess echo = EchoProcess.start()) {
      Process sender =
          new ProcessBuilder(python.toString(), "-c", FROM_PORT_0, Integer.toString(echo.port()))
              .redirectErrorStream(true)
              .start();
      String output = new String(sender.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (sender.waitFor() != 0 && output.contains("PermissionError")) {
        Tools.missing("raw sockets are denied: not tested: a datagram from port 0");
      }
      assertEquals("", output);
      Await.until("it is dropped", SOON, () -> echo.stat("raw.dropped.port") == 1);
      assertTrue(echo.echoes());
    }
  }

  @Test
  void aSweepOfSourcesGrowsNothing() throws Exception {
    try (EchoProcess echo =
        EchoProcess.start("SOURCE_TABLE=64", "SOURCE_RATE=1", "SOURCE_BURST=2")) {
      assertTrue(echo.echoes());
      long before = echo.residentMiB();
      Random random = new Random(1);
      for (int i = 0; i < 3000; i++) {
        String source =
            "127.%d.%d.%d"
                .formatted(1 + random.nextInt(250), random.nextInt(256), 1 + random.nextInt(250));
        try (DatagramSocket client = EchoProcess.client(source, 0)) {
          echo.send(client, new byte[] {'s'});
          echo.send(client, new byte[] {'s'});
        }
      }
      Await.until(
          "most share the last bucket",
          SOON,
          () -> echo.stat("raw.dropped.overflow") > 3000 && echo.stat("raw.sources") <= 64);
      assertTrue(echo.residentMiB() - before < 48);
      assertTrue(echo.process().ready());
    }
  }

  @Test
  void aSourceOverItsRateIsCutToItAndOthersAreNot() throws Exception {
    try (EchoProcess echo = EchoProcess.start("SOURCE_RATE=5", "SOURCE_BURST=20");
        DatagramSocket greedy = EchoProcess.client("127.0.0.3", 0)) {
      for (int i = 0; i < 200; i++) {
        echo.send(greedy, new byte[] {'g'});
      }
      Await.until("all are read", SOON, () -> echo.stat("raw.received") == 200);
      long replied = echo.stat("raw.replied");
      assertTrue(replied >= 20 && replied < 100, "replied " + replied);
      assertEquals(200 - replied, echo.stat("raw.dropped.rate"));
      assertTrue(echo.echoes());
    }
  }

  @Test
  void aFloodIsAnsweredAsFarAsItGoesAndEveryDatagramIsAccountedFor() throws Exception {
    long nanos = Duration.ofSeconds(Integer.getInteger("multipod.soak.seconds", 4)).toNanos();
    try (EchoProcess echo =
        EchoProcess.start(
            "THREADS=1", "RECEIVE_BUFFER=32K", "SOURCE_RATE=100000000", "SOURCE_BURST=1000000")) {
      assertTrue(echo.echoes());
      long before = echo.residentMiB();
      long sent = 1;
      long half = 0;
      long halfSent = 0;
      byte[] message = new byte[64];
      // Its own replies are never read: they fill its queue and are dropped there.
      try (DatagramSocket client = EchoProcess.client("127.0.0.1", 0)) {
        long began = System.nanoTime();
        while (System.nanoTime() - began < nanos) {
          for (int i = 0; i < 100; i++) {
            echo.send(client, message);
          }
          sent += 100;
          if (half == 0 && System.nanoTime() - began > nanos / 2) {
            half = echo.stat("raw.replied");
            halfSent = sent;
          }
        }
      }
      long total = sent;
      Await.until(
          () -> "%d sent; %s".formatted(total, stats(echo)),
          SOON,
          () -> echo.stat("raw.received") + echo.stat("raw.kernelDropped") == total);
      long second = echo.stat("raw.replied") - half;
      // By what was sent, not by the clock: a pause of the machine falls into one of the halves.
      assertTrue(
          second * 3 * halfSent > half * (total - halfSent),
          "first half %d of %d, second half %d of %d"
              .formatted(half, halfSent, second, total - halfSent));
      assertTrue(echo.residentMiB() - before < 64);
      assertTrue(echo.echoes());
    }
  }

  private static String stats(EchoProcess echo) {
    return "%d received, %d dropped by the kernel"
        .formatted(echo.stat("raw.received"), echo.stat("raw.kernelDropped"));
  }
}
