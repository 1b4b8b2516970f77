package dev.multipod.udpecho;

import dev.multipod.echo.Conversation;
import dev.multipod.echo.Dialer;
import dev.multipod.kit.peers.Peer;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Arrays;

/// The tutorial's UDP client: send to, receive from.
@ApplicationScoped
class UdpDialer implements Dialer {
  @Override
  public Conversation dial(Peer replica, Duration timeout) throws IOException {
    DatagramSocket socket = new DatagramSocket(null);
    try {
      socket.bind(null);
      socket.setSoTimeout(Math.toIntExact(timeout.toMillis()));
      // A connected socket takes datagrams from that replica alone, and learns that it is gone.
      InetSocketAddress address =
          new InetSocketAddress(replica.host(), replica.rawPort().orElseThrow());
      socket.connect(address);
      return new UdpConversation(socket, address);
    } catch (IOException | RuntimeException e) {
      socket.close();
      throw e;
    }
  }

  private record UdpConversation(DatagramSocket socket, InetSocketAddress address)
      implements Conversation {
    @Override
    public byte[] exchange(byte[] message) throws IOException {
      if (message.length == 0) {
        // Connected, the JDK sends nothing at all when there is nothing in it.
        socket.disconnect();
      }
      socket.send(new DatagramPacket(message, message.length, address));
      byte[] bytes = new byte[message.length + 1];
      DatagramPacket reply = new DatagramPacket(bytes, bytes.length);
      socket.receive(reply);
      return Arrays.copyOf(bytes, reply.getLength());
    }

    @Override
    public void close() {
      socket.close();
    }
  }
}
