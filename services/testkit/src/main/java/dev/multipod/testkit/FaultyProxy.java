package dev.multipod.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/// A TCP proxy on loopback that misbehaves on command: slow, mute, cut, reset.
public final class FaultyProxy implements AutoCloseable {
  private static final int CONNECT_MILLIS = 2000;

  private final ServerSocket server;
  private final InetSocketAddress target;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private final AtomicLong bytesLeft = new AtomicLong(Long.MAX_VALUE);
  private volatile long delayNanos;
  private volatile boolean silent;
  private volatile boolean refusing;
  private volatile boolean mute;

  private FaultyProxy(ServerSocket server, InetSocketAddress target) {
    this.server = server;
    this.target = target;
    Thread.ofVirtual().name("faulty-proxy").start(this::accept);
  }

  /// Starts one in front of a port.
  public static FaultyProxy to(String host, int port) {
    try {
      return new FaultyProxy(
          new ServerSocket(0, 200, InetAddress.getLoopbackAddress()),
          new InetSocketAddress(host, port));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public int port() {
    return server.getLocalPort();
  }

  /// Every chunk, in each direction, waits this long.
  public void delay(Duration delay) {
    delayNanos = delay.toNanos();
  }

  /// Takes bytes and forwards none, closes nothing: a network that swallows packets.
  public void blackHole() {
    silent = true;
  }

  /// Forwards what is asked and swallows what is answered.
  public void loseAnswers() {
    mute = true;
  }

  /// Closes new connections at once, with a reset.
  public void refuse() {
    refusing = true;
  }

  /// Closes what is open, orderly.
  public void cut() {
    sockets.forEach(FaultyProxy::close);
  }

  /// Resets what is open.
  public void reset() {
    // All of them first: whoever sees one end closed closes the other.
    sockets.forEach(FaultyProxy::resetOnClose);
    sockets.forEach(FaultyProxy::close);
  }

  /// Resets everything once this many more bytes were forwarded, both directions together.
  public void resetAfter(long bytes) {
    bytesLeft.set(bytes);
  }

  /// Behaves again; a chunk held by a black hole goes on, an answer that was swallowed never comes.
  public void heal() {
    delayNanos = 0;
    silent = false;
    refusing = false;
    mute = false;
    bytesLeft.set(Long.MAX_VALUE);
  }

  /// Connections through it now.
  public int connections() {
    return sockets.size() / 2;
  }

  @Override
  public void close() {
    try {
      server.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      cut();
    }
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        Socket client = server.accept();
        if (refusing) {
          reset(client);
        } else {
          Thread.ofVirtual().start(() -> connect(client));
        }
      } catch (IOException e) {
        if (!server.isClosed()) {
          throw new UncheckedIOException(e);
        }
      }
    }
  }

  private void connect(Socket client) {
    Socket upstream = new Socket();
    try {
      upstream.connect(target, CONNECT_MILLIS);
    } catch (IOException e) {
      reset(client);
      close(upstream);
      return;
    }
    sockets.add(client);
    sockets.add(upstream);
    Thread.ofVirtual().start(() -> pump(client, upstream, false));
    Thread.ofVirtual().start(() -> pump(upstream, client, true));
  }

  private void pump(Socket from, Socket to, boolean answers) {
    byte[] chunk = new byte[16 * 1024];
    try {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (int count = in.read(chunk); count >= 0; count = in.read(chunk)) {
        LockSupport.parkNanos(delayNanos);
        while (silent && !from.isClosed() && !to.isClosed()) {
          LockSupport.parkNanos(1_000_000);
        }
        if (answers && mute) {
          continue;
        }
        long left = bytesLeft.addAndGet(-count);
        if (left < 0) {
          out.write(chunk, 0, (int) Math.max(0, left + count));
          out.flush();
          reset();
          return;
        }
        out.write(chunk, 0, count);
      }
      to.shutdownOutput();
      if (from.isOutputShutdown()) {
        forget(from, to);
      }
    } catch (IOException e) {
      forget(from, to);
    }
  }

  private void forget(Socket one, Socket other) {
    sockets.remove(one);
    sockets.remove(other);
    close(one);
    close(other);
  }

  private static void reset(Socket socket) {
    resetOnClose(socket);
    close(socket);
  }

  private static void resetOnClose(Socket socket) {
    try {
      socket.setSoLinger(true, 0);
    } catch (IOException e) {
      // It is closed: nothing to reset.
      Thread.onSpinWait();
    }
  }

  private static void close(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
