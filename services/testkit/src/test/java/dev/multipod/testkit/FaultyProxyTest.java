package dev.multipod.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class FaultyProxyTest {
  private ServerSocket echo;
  private FaultyProxy proxy;

  FaultyProxyTest() throws IOException {
    echo = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    proxy = FaultyProxy.to("127.0.0.1", echo.getLocalPort());
  }

  @BeforeEach
  void serve() {
    Thread.ofVirtual()
        .start(
            () -> {
              while (!echo.isClosed()) {
                try {
                  Socket socket = echo.accept();
                  Thread.ofVirtual().start(() -> echo(socket));
                } catch (IOException e) {
                  return;
                }
              }
            });
  }

  @AfterEach
  void close() throws IOException {
    proxy.close();
    echo.close();
  }

  @Test
  void bytesPassBothWays() throws IOException {
    try (Socket socket = connect()) {
      socket.getOutputStream().write(42);
      assertEquals(42, socket.getInputStream().read());
    }
  }

  @Test
  void aCutIsTheEndOfTheStream() throws IOException {
    try (Socket socket = connected()) {
      proxy.cut();
      assertEquals(-1, socket.getInputStream().read());
    }
  }

  @Test
  void aResetIsAnError() throws IOException {
    try (Socket socket = connected()) {
      proxy.reset();
      assertThrows(SocketException.class, () -> socket.getInputStream().read());
    }
  }

  @Test
  void aResetComesAfterAsManyBytesAsAsked() throws IOException {
    try (Socket socket = connected()) {
      // Three there, one back.
      proxy.resetAfter(3);
      socket.getOutputStream().write(new byte[] {1, 2, 3, 4});
      assertThrows(SocketException.class, () -> socket.getInputStream().readNBytes(4));
    }
  }

  @Test
  void anAnswerThatIsLostNeverComes() throws IOException {
    try (Socket socket = connected()) {
      proxy.loseAnswers();
      socket.getOutputStream().write(7);
      socket.setSoTimeout(200);
      assertThrows(SocketTimeoutException.class, () -> socket.getInputStream().read());
      proxy.heal();
      socket.setSoTimeout(5000);
      socket.getOutputStream().write(8);
      assertEquals(8, socket.getInputStream().read());
    }
  }

  @Test
  void aBlackHoleIsSilentUntilHealed() throws IOException {
    try (Socket socket = connected()) {
      proxy.blackHole();
      socket.getOutputStream().write(7);
      socket.setSoTimeout(200);
      assertThrows(SocketTimeoutException.class, () -> socket.getInputStream().read());
      proxy.heal();
      socket.setSoTimeout(5000);
      assertEquals(7, socket.getInputStream().read());
    }
  }

  private Socket connected() throws IOException {
    Socket socket = connect();
    socket.getOutputStream().write(1);
    assertEquals(1, socket.getInputStream().read());
    return socket;
  }

  private Socket connect() throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), proxy.port());
    socket.setSoTimeout(5000);
    return socket;
  }

  private static void echo(Socket socket) {
    try (socket) {
      socket.getInputStream().transferTo(socket.getOutputStream());
    } catch (IOException e) {
      // Its peer is gone.
      return;
    }
  }
}
