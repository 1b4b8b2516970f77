package dev.multipod.ssh.connect;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.SocketFactory;

/// A socket that reads no more than it is allowed to. Until the login is done the library keeps
/// everything a server says before its version line, and looks through all of it for each byte.
final class GuardedSocket extends Socket {
  /// Before the key exchange is done: the version line, whatever comes before it, two packets.
  private static final long HANDSHAKE_BYTES = 32 << 10;

  private static final long LOGIN_BYTES = 256 << 10;

  private final AtomicLong allowance = new AtomicLong(HANDSHAKE_BYTES);
  private volatile boolean expired;

  void handshakeDone() {
    allowance.set(LOGIN_BYTES);
  }

  void loginDone() {
    allowance.set(Long.MAX_VALUE);
  }

  /// Closes it because the time is over: whoever reads or writes gets an error.
  void expire() {
    expired = true;
    closeQuietly();
  }

  boolean expired() {
    return expired;
  }

  void closeQuietly() {
    try {
      close();
    } catch (IOException e) {
      // It is of no use any more either way.
    }
  }

  @Override
  public InputStream getInputStream() throws IOException {
    return new Allowed(super.getInputStream(), allowance);
  }

  /// Hands the library this one socket, connected already.
  SocketFactory asFactory() {
    Socket socket = this;
    return new SocketFactory() {
      @Override
      public Socket createSocket() {
        return socket;
      }

      @Override
      public Socket createSocket(String host, int port) {
        return socket;
      }

      @Override
      public Socket createSocket(String host, int port, InetAddress from, int fromPort) {
        return socket;
      }

      @Override
      public Socket createSocket(InetAddress host, int port) {
        return socket;
      }

      @Override
      public Socket createSocket(InetAddress host, int port, InetAddress from, int fromPort) {
        return socket;
      }
    };
  }

  private static final class Allowed extends FilterInputStream {
    private final AtomicLong allowance;

    Allowed(InputStream in, AtomicLong allowance) {
      super(in);
      this.allowance = allowance;
    }

    @Override
    public int read() throws IOException {
      return counted(super.read(), 1);
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      int read = super.read(into, offset, length);
      return counted(read, read);
    }

    private int counted(int result, int bytes) throws IOException {
      if (result >= 0 && allowance.get() != Long.MAX_VALUE && allowance.addAndGet(-bytes) < 0) {
        throw new IOException("the server said too much before the login was done");
      }
      return result;
    }
  }
}
