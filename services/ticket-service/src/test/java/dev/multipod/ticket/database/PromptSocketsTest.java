package dev.multipod.ticket.database;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PromptSocketsTest {
  private static final int LOOKS = 3_000;

  private ServerSocket server;
  private Socket client;
  private Socket peer;
  private InputStream in;

  @BeforeEach
  void connect() throws IOException {
    server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    client = new PromptSockets().createSocket(server.getInetAddress(), server.getLocalPort());
    peer = server.accept();
    in = client.getInputStream();
  }

  @AfterEach
  void close() throws IOException {
    client.close();
    peer.close();
    server.close();
  }

  /// A socket of the JDK needs three seconds at least.
  @Test
  void aLookThatFindsNothingDoesNotWait() throws IOException {
    client.setSoTimeout(1);
    long start = System.nanoTime();
    for (int look = 0; look < LOOKS; look++) {
      assertThrows(SocketTimeoutException.class, this::read);
    }
    assertTrue(System.nanoTime() - start < Duration.ofMillis(LOOKS).toNanos());
  }

  @Test
  void aLookThatFindsSomethingReadsIt() throws IOException {
    peer.getOutputStream().write(7);
    client.setSoTimeout(60_000);
    assertEquals(7, read());

    peer.getOutputStream().write(new byte[] {8, 9});
    client.setSoTimeout(60_000);
    assertEquals(8, read());
    client.setSoTimeout(1);
    assertEquals(9, read());
  }

  @Test
  void aLongerTimeoutIsWaitedFor() throws IOException {
    client.setSoTimeout(50);
    long start = System.nanoTime();
    assertThrows(SocketTimeoutException.class, this::read);
    assertTrue(System.nanoTime() - start >= Duration.ofMillis(50).toNanos());
  }

  private int read() throws IOException {
    byte[] one = new byte[1];
    assertEquals(1, in.read(one));
    return one[0];
  }
}
