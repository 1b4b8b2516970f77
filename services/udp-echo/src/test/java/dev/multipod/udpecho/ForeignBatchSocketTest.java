package dev.multipod.udpecho;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

@EnabledOnOs(OS.LINUX)
class ForeignBatchSocketTest extends BatchSocketContract {
  @Override
  BatchSocket open(SocketOptions options) throws IOException {
    return new ForeignBatchSocket(options);
  }

  @Test
  void turnedAwayItAnswersWhatIsQueuedAndTheSiblingGetsTheRest() throws IOException {
    InetAddress loopback = InetAddress.getLoopbackAddress();
    InetSocketAddress any = new InetSocketAddress(loopback, 0);
    try (BatchSocket leaving = open(options(any));
        DatagramSocket client = new DatagramSocket(any)) {
      client.setSoTimeout(5000);
      InetSocketAddress port = new InetSocketAddress(loopback, leaving.port());
      client.send(new DatagramPacket(new byte[] {1}, 1, port));
      try (BatchSocket sibling = open(options(port))) {
        assertTrue(leaving.turnAway());
        assertEquals(1, leaving.receive());
        assertEquals(1, leaving.reply());
        assertArrayEquals(new byte[] {1}, receive(client));
        for (byte i = 2; i < 82; i++) {
          try (DatagramSocket next = new DatagramSocket(any)) {
            next.setSoTimeout(5000);
            next.send(new DatagramPacket(new byte[] {i}, 1, port));
            assertEquals(1, sibling.receive(), "datagram " + i);
            sibling.reply();
            assertArrayEquals(new byte[] {i}, receive(next));
          }
        }
      }
    }
  }

  private static SocketOptions options(InetSocketAddress address) {
    return new SocketOptions(address, true, 8, 64, 1 << 19, 1 << 19, 2000);
  }

  private static byte[] receive(DatagramSocket from) throws IOException {
    DatagramPacket packet = new DatagramPacket(new byte[64], 64);
    from.receive(packet);
    return Arrays.copyOf(packet.getData(), packet.getLength());
  }
}
