package dev.multipod.udpecho;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What every [BatchSocket] does.
abstract class BatchSocketContract {
  private static final int BATCH = 8;

  private final InetAddress loopback = InetAddress.getLoopbackAddress();
  private BatchSocket socket;
  private DatagramSocket client;

  abstract BatchSocket open(SocketOptions options) throws IOException;

  @BeforeEach
  void openBoth() throws IOException {
    socket = open(options(0, true, BatchSocket.LARGEST));
    client = new DatagramSocket(new InetSocketAddress(loopback, 0));
    client.setSoTimeout(5000);
  }

  @AfterEach
  void closeBoth() {
    client.close();
    socket.close();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 64, 8193, 65507})
  void aDatagramOfAnySizeComesInAndGoesBack(int size) throws IOException {
    byte[] sent = new byte[size];
    Arrays.fill(sent, (byte) 'q');
    send(sent);
    assertEquals(1, receive());
    assertEquals(size, socket.payload(0).limit());
    assertFalse(socket.truncated(0));
    assertEquals(client.getLocalPort(), socket.sourcePort(0));
    assertEquals(0x7f000001L, socket.source(0));
    assertFalse(socket.fromGroup(0));
    assertEquals(1, socket.reply());
    assertArrayEquals(sent, reply());
  }

  @Test
  void manyThatWaitAreAllReadAndThoseNotDroppedAnswered() throws IOException {
    for (byte i = 0; i < 20; i++) {
      send(new byte[] {i});
    }
    int answered = 0;
    for (int read = 0; read < 20; ) {
      int count = receive();
      assertTrue(count <= BATCH);
      for (int slot = 0; slot < count; slot++) {
        if (socket.payload(slot).get(0) % 2 == 1) {
          socket.drop(slot);
        }
      }
      answered += socket.reply();
      read += count;
    }
    assertEquals(10, answered);
    Set<Byte> replies = new HashSet<>();
    for (int i = 0; i < 10; i++) {
      replies.add(reply()[0]);
    }
    assertEquals(
        Set.of(
            (byte) 0, (byte) 2, (byte) 4, (byte) 6, (byte) 8, (byte) 10, (byte) 12, (byte) 14,
            (byte) 16, (byte) 18),
        replies);
  }

  @Test
  void aChangedPayloadIsTheReply() throws IOException {
    send(new byte[] {1, 2, 3});
    receive();
    ByteBuffer payload = socket.payload(0);
    payload.put(1, (byte) 9);
    socket.reply();
    assertArrayEquals(new byte[] {1, 9, 3}, reply());
  }

  @Test
  void aShortDatagramAfterALongOneHasNothingOfIt() throws IOException {
    send(new byte[5000]);
    receive();
    socket.reply();
    assertEquals(5000, reply().length);
    send(new byte[] {7});
    receive();
    socket.reply();
    assertArrayEquals(new byte[] {7}, reply());
  }

  @Test
  void aDatagramLargerThanASlotIsMarked() throws IOException {
    try (BatchSocket small = open(options(0, false, 16))) {
      for (int size : new int[] {16, 17}) {
        client.send(
            new DatagramPacket(
                new byte[size], size, new InetSocketAddress(loopback, small.port())));
        assertEquals(1, receive(small));
        assertEquals(size > 16, small.truncated(0));
      }
    }
  }

  @Test
  void receivingEndsWhenNothingComes() throws IOException {
    long began = System.nanoTime();
    assertEquals(0, socket.receive());
    assertTrue(System.nanoTime() - began >= TimeUnit.MILLISECONDS.toNanos(80));
  }

  @Test
  void aReplyToAClientThatIsGoneBreaksNothing() throws IOException {
    send(new byte[] {1});
    receive();
    client.close();
    for (int i = 0; i < 3; i++) {
      socket.reply();
    }
    client = new DatagramSocket(new InetSocketAddress(loopback, 0));
    client.setSoTimeout(5000);
    send(new byte[] {2});
    assertEquals(1, receive());
    socket.reply();
    assertArrayEquals(new byte[] {2}, reply());
  }

  @Test
  void aSharedPortIsSharedAndAnOwnPortIsNot() throws IOException {
    try (BatchSocket second = open(options(socket.port(), true, 64))) {
      assertEquals(socket.port(), second.port());
    }
    try (BatchSocket own = open(options(0, false, 64))) {
      assertThrows(IOException.class, () -> open(options(own.port(), false, 64)));
    }
  }

  private void send(byte[] bytes) throws IOException {
    client.send(
        new DatagramPacket(bytes, bytes.length, new InetSocketAddress(loopback, socket.port())));
  }

  private int receive() throws IOException {
    return receive(socket);
  }

  /// Waits longer than one receive time-out, for a machine that is busy.
  private static int receive(BatchSocket from) throws IOException {
    int count = 0;
    for (int tries = 0; count == 0 && tries < 50; tries++) {
      count = from.receive();
    }
    return count;
  }

  private byte[] reply() throws IOException {
    DatagramPacket packet = new DatagramPacket(new byte[65536], 65536);
    client.receive(packet);
    return Arrays.copyOf(packet.getData(), packet.getLength());
  }

  private SocketOptions options(int port, boolean shared, int slotSize) {
    return new SocketOptions(
        new InetSocketAddress(loopback, port), shared, BATCH, slotSize, 1 << 19, 1 << 19, 100);
  }
}
