package dev.multipod.tcpecho;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.multipod.testkit.Await;
import dev.multipod.testkit.Checkout;
import dev.multipod.testkit.Child;
import dev.multipod.testkit.Ports;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class LimitIT {
  private static final Duration SOON = Duration.ofSeconds(60);

  @Test
  void atTheLimitReadinessGoesDownNewcomersAreResetAndAFreedPlaceEndsIt() throws Exception {
    int limit = 50;
    try (EchoProcess echo = EchoProcess.start("MAX_CONNECTIONS=" + limit, "FULL_GRACE=500ms")) {
      List<Socket> idle = new ArrayList<>();
      for (int i = 0; i < limit; i++) {
        idle.add(echo.connect());
      }
      Await.until("not ready", SOON, () -> !echo.process().ready());
      try (Socket late = echo.connect()) {
        long began = System.nanoTime();
        assertThrows(IOException.class, () -> EchoProcess.echoes(late));
        assertTrue(System.nanoTime() - began < TimeUnit.SECONDS.toNanos(5));
      }
      assertTrue(EchoProcess.echoes(idle.getFirst()));
      assertEquals(limit, echo.stat("raw.connections"));
      assertTrue(echo.stat("raw.cut.full") >= 1);

      idle.getLast().close();
      Await.until("ready again", SOON, () -> echo.process().ready());
      try (Socket next = echo.connect()) {
        assertTrue(EchoProcess.echoes(next));
      }
      for (Socket socket : idle) {
        socket.close();
      }
    }
  }

  @Test
  void aPlaceThatIsFreedWithinTheGraceServesWhoWaits() throws Exception {
    try (EchoProcess echo = EchoProcess.start("MAX_CONNECTIONS=1", "FULL_GRACE=15s");
        Socket first = echo.connect()) {
      assertTrue(EchoProcess.echoes(first));
      try (Socket waiting = echo.connect()) {
        waiting.getOutputStream().write('w');
        EchoProcess.hangUp(first);
        assertEquals('W', waiting.getInputStream().read());
      }
    }
  }

  @Test
  void aProcessOutOfFileDescriptorsAnswersFastAndRecovers() throws Exception {
    int port = Ports.free();
    int http = Ports.free();
    Map<String, String> environment =
        Map.of(
            "QUARKUS_HTTP_PORT", Integer.toString(http),
            "QUARKUS_MANAGEMENT_PORT", Integer.toString(Ports.free()),
            "MULTIPOD_TCP_ECHO_PORT", Integer.toString(port),
            "MULTIPOD_TCP_ECHO_DESCRIPTOR_RESERVE", "0",
            "MULTIPOD_TCP_ECHO_FULL_GRACE", "200ms");
    String jar = Checkout.root() + "/services/tcp-echo/target/quarkus-app/quarkus-run.jar";
    List<String> command =
        List.of(
            "/bin/sh", "-c", "ulimit -n 256; exec \"$@\"", "limited", Checkout.java(), "-jar", jar);
    try (Child child = Child.start("limited", command, environment, Checkout.root(), line -> {})) {
      Await.until(() -> String.join("\n", child.log()), SOON, () -> pings(port));
      List<Socket> open = new ArrayList<>();
      int refused = 0;
      for (int i = 0; i < 400; i++) {
        Socket socket = EchoProcess.connect(port, 0);
        open.add(socket);
        try {
          assertTrue(EchoProcess.echoes(socket));
        } catch (IOException e) {
          refused++;
        }
        if (refused == 20) {
          break;
        }
      }
      assertEquals(20, refused, "fails fast when there is no descriptor");
      assertTrue(
          child.log().stream().anyMatch(line -> line.contains("event=no-descriptor")),
          () -> String.join("\n", child.log()));
      for (Socket socket : open) {
        socket.close();
      }
      Await.until(() -> String.join("\n", child.log()), SOON, () -> pings(port));
    }
  }

  @Test
  void thousandsOfConnectionsAtOnceAreAllServed() throws Exception {
    int count = Integer.getInteger("multipod.soak.connects", 2000);
    try (EchoProcess echo = EchoProcess.start();
        var clients = Executors.newVirtualThreadPerTaskExecutor()) {
      Callable<Boolean> client =
          () -> {
            try (Socket socket = echo.connect()) {
              return EchoProcess.echoes(socket);
            }
          };
      List<Future<Boolean>> answers = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        answers.add(clients.submit(client));
      }
      for (Future<Boolean> answer : answers) {
        assertTrue(answer.get(60, TimeUnit.SECONDS));
      }
      assertEquals(count, echo.stat("raw.accepted"));
    }
  }

  @Test
  void aTakenPortMeansNotReadyUntilItIsFree() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      int port = taken.getLocalPort();
      try (EchoProcess echo = new EchoProcess(EchoProcess.builder(1, port).launch(), port)) {
        Await.until(
            "the port was tried",
            SOON,
            () -> echo.process().log().stream().anyMatch(l -> l.contains("event=bind-failed")));
        assertFalse(echo.process().ready());
        EchoProcess.hangUp(taken);
        echo.process().awaitReady(SOON);
        try (Socket socket = echo.connect()) {
          assertTrue(EchoProcess.echoes(socket));
        }
      }
    }
  }

  private static boolean pings(int port) throws IOException {
    try (Socket socket = EchoProcess.connect(port, 0)) {
      return EchoProcess.echoes(socket);
    }
  }
}
