package dev.multipod.tcpecho;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.multipod.echo.Upper;
import dev.multipod.testkit.Ports;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HalfCloseIT {
  private static final int[] SIZES = {0, 1, 64 * 1024, 1024 * 1024, 4 * 1024 * 1024};
  private static final int SMALL_BUFFER = 4 * 1024;

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aSlowReaderThatClosedItsSendingSideGetsEveryByte(boolean nativeTransport) throws Exception {
    int port = Ports.free();
    try (EchoProcess echo =
        new EchoProcess(
            EchoProcess.builder(1, port)
                .with("QUARKUS_VERTX_PREFER_NATIVE_TRANSPORT", Boolean.toString(nativeTransport))
                .start(),
            port)) {
      String transport = nativeTransport ? "transport=EPOLL" : "transport=NIO";
      assertTrue(echo.process().log().stream().anyMatch(line -> line.contains(transport)));
      for (int size : SIZES) {
        byte[] sent = new byte[size];
        new Random(size).nextBytes(sent);
        try (Socket socket = EchoProcess.connect(port, SMALL_BUFFER)) {
          assertArrayEquals(Upper.copyOf(sent), exchange(socket, sent), size + " bytes");
        }
      }
    }
  }

  private static byte[] exchange(Socket socket, byte[] sent) throws Exception {
    CountDownLatch written = new CountDownLatch(1);
    CompletableFuture<Void> writer =
        CompletableFuture.runAsync(
            () -> {
              try {
                socket.getOutputStream().write(sent);
                socket.shutdownOutput();
              } catch (IOException e) {
                throw new CompletionException(e);
              } finally {
                written.countDown();
              }
            });
    // Slow: reads nothing until all is sent, or until nothing more can be.
    boolean all = written.await(300, TimeUnit.MILLISECONDS);
    ByteArrayOutputStream replies = new ByteArrayOutputStream();
    byte[] piece = new byte[SMALL_BUFFER];
    int length = socket.getInputStream().read(piece);
    while (length >= 0) {
      replies.write(piece, 0, length);
      length = socket.getInputStream().read(piece);
    }
    writer.get(20, TimeUnit.SECONDS);
    assertTrue(all || sent.length > SMALL_BUFFER);
    return replies.toByteArray();
  }
}
