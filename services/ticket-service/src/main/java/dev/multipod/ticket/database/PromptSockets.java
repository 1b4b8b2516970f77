package dev.multipod.ticket.database;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import javax.net.SocketFactory;
import org.jspecify.annotations.Nullable;

/// Sockets for a connection that listens. After each notification the driver looks whether there is
/// one more, by a read with a timeout of a millisecond, and passes the first one on after that
/// (`PGStream.hasMessagePending`, pgjdbc 42.7): half of what it took to hand a lock on. Here such a
/// read says at once that there is nothing.
///
/// The driver makes it by its name: see [Listener].
public final class PromptSockets extends SocketFactory {
  /// With this timeout the driver does not wait but look.
  private static final int LOOK_MILLIS = 1;

  private static final class Prompt extends Socket {
    @Override
    public InputStream getInputStream() throws IOException {
      return new FilterInputStream(super.getInputStream()) {
        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
          if (getSoTimeout() == LOOK_MILLIS && available() == 0) {
            throw new SocketTimeoutException("nothing is there");
          }
          return super.read(into, offset, length);
        }
      };
    }
  }

  @Override
  public Socket createSocket() {
    return new Prompt();
  }

  @Override
  public Socket createSocket(String host, int port) throws IOException {
    return createSocket(InetAddress.getByName(host), port);
  }

  @Override
  public Socket createSocket(String host, int port, InetAddress local, int localPort)
      throws IOException {
    return createSocket(InetAddress.getByName(host), port, local, localPort);
  }

  @Override
  public Socket createSocket(InetAddress host, int port) throws IOException {
    return createSocket(host, port, null, 0);
  }

  @Override
  public Socket createSocket(InetAddress host, int port, @Nullable InetAddress local, int localPort)
      throws IOException {
    Socket socket = createSocket();
    boolean done = false;
    try {
      socket.bind(new InetSocketAddress(local, localPort));
      socket.connect(new InetSocketAddress(host, port));
      done = true;
      return socket;
    } finally {
      if (!done) {
        socket.close();
      }
    }
  }
}
