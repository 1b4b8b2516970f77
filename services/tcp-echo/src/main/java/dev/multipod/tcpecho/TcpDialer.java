package dev.multipod.tcpecho;

import dev.multipod.echo.Conversation;
import dev.multipod.echo.Dialer;
import dev.multipod.kit.peers.Peer;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;

/// The tutorial's TCP client: connect, send, receive.
@ApplicationScoped
class TcpDialer implements Dialer {
  @Override
  public Conversation dial(Peer replica, Duration timeout) throws IOException {
    int millis = Math.toIntExact(timeout.toMillis());
    Socket socket = new Socket();
    try {
      socket.setTcpNoDelay(true);
      socket.setSoTimeout(millis);
      socket.connect(
          new InetSocketAddress(replica.host(), replica.rawPort().orElseThrow()), millis);
      return new TcpConversation(socket);
    } catch (IOException | RuntimeException e) {
      socket.close();
      throw e;
    }
  }

  private record TcpConversation(Socket socket) implements Conversation {
    // Both sides' socket buffers hold a piece, so sending all of it before reading never blocks.
    private static final int PIECE = 16 * 1024;

    @Override
    public byte[] exchange(byte[] message) throws IOException {
      byte[] reply = new byte[message.length];
      for (int at = 0; at < message.length; at += PIECE) {
        int length = Math.min(PIECE, message.length - at);
        socket.getOutputStream().write(message, at, length);
        if (socket.getInputStream().readNBytes(reply, at, length) < length) {
          throw new EOFException("the replica closed the connection");
        }
      }
      return reply;
    }

    @Override
    public void close() {
      try {
        socket.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
