package dev.multipod.tcpecho;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.multipod.testkit.Await;
import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class TimeoutIT {
  @Test
  void aFloodThatNeverReadsHoldsBoundedMemoryAndIsReset() throws Exception {
    try (EchoProcess echo = EchoProcess.start("WRITE_STALL_TIMEOUT=2s");
        var floods = Executors.newVirtualThreadPerTaskExecutor()) {
      try (Socket first = echo.connect()) {
        assertTrue(EchoProcess.echoes(first));
      }
      long before = echo.residentMiB();
      int count = 100;
      CountDownLatch reset = new CountDownLatch(count);
      for (int i = 0; i < count; i++) {
        var _ =
            floods.submit(
                () -> {
                  try (Socket socket = echo.connect()) {
                    byte[] flood = new byte[64 * 1024];
                    while (true) {
                      socket.getOutputStream().write(flood);
                    }
                  } catch (IOException e) {
                    reset.countDown();
                  }
                });
      }
      Await.until(
          "all floods stand",
          Duration.ofSeconds(20),
          () -> echo.stat("raw.connections") == count || reset.getCount() < count);
      long during = echo.residentMiB();
      assertTrue(reset.await(30, TimeUnit.SECONDS), "left: " + reset.getCount());
      assertTrue(during - before < 96, "grew from %d to %d MiB".formatted(before, during));
      assertEquals(count, echo.stat("raw.cut.write-stall"));
      try (Socket next = echo.connect()) {
        assertTrue(EchoProcess.echoes(next));
      }
    }
  }

  @Test
  void aByteNowAndThenKeepsAConnectionAndSilenceEndsIt() throws Exception {
    try (EchoProcess echo = EchoProcess.start("IDLE_TIMEOUT=6s");
        Socket socket = echo.connect()) {
      long began = System.nanoTime();
      CountDownLatch never = new CountDownLatch(1);
      for (int i = 0; i < 13; i++) {
        socket.getOutputStream().write('x');
        assertEquals('X', socket.getInputStream().read());
        var _ = never.await(500, TimeUnit.MILLISECONDS);
      }
      assertTrue(System.nanoTime() - began > TimeUnit.SECONDS.toNanos(6));
      assertEquals(-1, socket.getInputStream().read());
      assertEquals(1, echo.stat("raw.cut.idle"));
    }
  }

  @Test
  void resetsInTheMiddleOfRepliesHurtNobodyElse() throws Exception {
    try (EchoProcess echo = EchoProcess.start();
        Socket other = echo.connect()) {
      List<Socket> rude = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        Socket socket = echo.connect();
        socket.setSoLinger(true, 0);
        socket.getOutputStream().write(new byte[32 * 1024]);
        rude.add(socket);
      }
      for (Socket socket : rude) {
        socket.close();
      }
      assertTrue(EchoProcess.echoes(other));
      Await.until(
          "only one connection is left",
          Duration.ofSeconds(10),
          () -> echo.stat("raw.connections") == 1);
      assertTrue(EchoProcess.echoes(other));
    }
  }

  @Test
  void oneAddressCannotTakeAllPlaces() throws Exception {
    try (EchoProcess echo = EchoProcess.start("MAX_CONNECTIONS_PER_ADDRESS=2");
        Socket first = echo.connect();
        Socket second = echo.connect()) {
      assertTrue(EchoProcess.echoes(first));
      assertTrue(EchoProcess.echoes(second));
      try (Socket third = echo.connect()) {
        assertThrows(IOException.class, () -> EchoProcess.echoes(third));
      }
      assertEquals(1, echo.stat("raw.cut.address"));
      assertTrue(echo.process().ready());
    }
  }
}
