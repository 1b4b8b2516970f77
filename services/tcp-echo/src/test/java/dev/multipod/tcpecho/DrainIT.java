package dev.multipod.tcpecho;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.multipod.testkit.Faults;
import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

class DrainIT {
  private static final int MESSAGE = 64;
  private static final int PIPELINED = 16;
  private static final long PACE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  @Test
  void whatWasPipelinedBeforeTheEndOfFileIsAllRepliedTo() throws Exception {
    try (EchoProcess echo = EchoProcess.start("DRAIN_TIMEOUT=20s");
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      CountDownLatch flowing = new CountDownLatch(40);
      CountDownLatch terminated = new CountDownLatch(1);
      List<Future<long[]>> clients = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        Socket socket = echo.connect();
        Callable<Long> writer = () -> pipeline(socket, flowing, terminated);
        Future<Long> sent = threads.submit(writer);
        clients.add(threads.submit(() -> new long[] {readToTheEnd(socket, flowing), sent.get()}));
      }
      assertTrue(flowing.await(20, TimeUnit.SECONDS));
      Faults.terminate(echo.process().pid());
      terminated.countDown();
      for (Future<long[]> client : clients) {
        long[] receivedAndSent = client.get(20, TimeUnit.SECONDS);
        assertEquals(receivedAndSent[1], receivedAndSent[0]);
      }
      assertTrue(echo.process().child().awaitEnd(Duration.ofSeconds(10)));
      assertThrows(IOException.class, echo::connect);
    }
  }

  @Test
  void aClientThatNeverEndsGetsAnEndOfFileAndNoReset() throws Exception {
    try (EchoProcess echo = EchoProcess.start("DRAIN_TIMEOUT=500ms");
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
        Socket socket = echo.connect();
        Socket idle = echo.connect()) {
      assertTrue(EchoProcess.echoes(idle));
      CountDownLatch flowing = new CountDownLatch(1);
      Future<?> writer =
          threads.submit(
              () -> {
                try {
                  while (true) {
                    socket.getOutputStream().write(message());
                  }
                } catch (IOException e) {
                  return e.toString();
                }
              });
      Future<Long> reader = threads.submit(() -> readToTheEnd(socket, flowing));
      assertTrue(flowing.await(20, TimeUnit.SECONDS));
      Faults.terminate(echo.process().pid());
      // No exception: what came was in upper case, then the end of file.
      assertTrue(reader.get(20, TimeUnit.SECONDS) > 0);
      assertEquals(-1, idle.getInputStream().read());
      EchoProcess.hangUp(socket);
      var _ = writer.get(20, TimeUnit.SECONDS);
      assertTrue(echo.process().child().awaitEnd(Duration.ofSeconds(20)));
    }
  }

  /// Sends without waiting for replies, for some time after the process was told to stop.
  private static long pipeline(Socket socket, CountDownLatch flowing, CountDownLatch terminated)
      throws Exception {
    long sent = 0;
    long until = Long.MAX_VALUE;
    while (until == Long.MAX_VALUE || System.nanoTime() - until < 0) {
      for (int i = 0; i < PIPELINED; i++) {
        socket.getOutputStream().write(message());
        sent += MESSAGE;
      }
      LockSupport.parkNanos(PACE_NANOS);
      if (until == Long.MAX_VALUE && terminated.getCount() == 0) {
        until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(300);
      }
    }
    socket.shutdownOutput();
    assertTrue(flowing.await(20, TimeUnit.SECONDS));
    return sent;
  }

  private static long readToTheEnd(Socket socket, CountDownLatch flowing) throws IOException {
    long received = 0;
    byte[] piece = new byte[8192];
    for (int n = socket.getInputStream().read(piece);
        n >= 0;
        n = socket.getInputStream().read(piece)) {
      for (int i = 0; i < n; i++) {
        if (piece[i] != 'A' + (received + i) % MESSAGE % 26) {
          throw new AssertionError("wrong byte at " + (received + i));
        }
      }
      if (received == 0) {
        flowing.countDown();
      }
      received += n;
    }
    return received;
  }

  private static byte[] message() {
    byte[] message = new byte[MESSAGE];
    for (int i = 0; i < MESSAGE; i++) {
      message[i] = (byte) ('a' + i % 26);
    }
    return message;
  }
}
