package dev.multipod.udpecho;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;
import org.jboss.logging.Logger;

/// One port and the threads that serve it, each with a socket of its own.
final class EchoPort {
  private static final Logger LOG = Logger.getLogger(EchoPort.class);
  // How soon a quiet socket notices that it should stop.
  private static final int RECEIVE_TIMEOUT_MILLIS = 100;

  private final InetSocketAddress address;
  private final boolean shared;
  private final int threads;
  private final UdpEchoSettings settings;
  private final SocketFactory sockets;
  private final SourceLimits limits;
  private final UdpCounters counters;
  private final IntPredicate isOurs;
  private volatile List<EchoLoop> loops = List.of();

  EchoPort(
      int port,
      boolean shared,
      int threads,
      UdpEchoSettings settings,
      SocketFactory sockets,
      SourceLimits limits,
      UdpCounters counters,
      IntPredicate isOurs) {
    this.address = new InetSocketAddress(settings.host(), port);
    this.shared = shared;
    this.threads = threads;
    this.settings = settings;
    this.sockets = sockets;
    this.limits = limits;
    this.counters = counters;
    this.isOurs = isOurs;
  }

  /// Binds all sockets, or none, and starts serving.
  ///
  /// @throws IOException the port cannot be had
  void open() throws IOException {
    List<BatchSocket> opened = new ArrayList<>();
    try {
      InetSocketAddress next = address;
      for (int i = 0; i < threads; i++) {
        BatchSocket socket = sockets.open(options(next));
        opened.add(socket);
        // Port 0 means any; the sockets must agree on one.
        next = new InetSocketAddress(address.getAddress(), socket.port());
      }
    } catch (IOException | RuntimeException e) {
      opened.forEach(BatchSocket::close);
      throw e;
    }
    List<EchoLoop> started = new ArrayList<>();
    for (BatchSocket socket : opened) {
      String name = "udp-echo-%d-%d".formatted(socket.port(), started.size());
      started.add(
          new EchoLoop(
              name,
              socket,
              limits,
              counters,
              isOurs,
              () -> shared && KernelSockets.onPort(socket.port()).others() > 0,
              settings.quiet().toNanos()));
    }
    loops = List.copyOf(started);
    started.forEach(EchoLoop::start);
    LOG.infof(
        "event=listening address=%s:%d shared=%s sockets=%d",
        settings.host(), port(), shared, started.size());
  }

  boolean isServing() {
    List<EchoLoop> now = loops;
    return !now.isEmpty() && now.stream().allMatch(EchoLoop::isServing);
  }

  /// The port that is bound, or the one that was asked for.
  int port() {
    List<EchoLoop> now = loops;
    return now.isEmpty() ? address.getPort() : now.getFirst().port();
  }

  void stop(long deadline) {
    loops.forEach(loop -> loop.stop(deadline));
  }

  void join() throws InterruptedException {
    for (EchoLoop loop : loops) {
      loop.join();
    }
  }

  private SocketOptions options(InetSocketAddress on) {
    return new SocketOptions(
        on,
        shared,
        settings.batch(),
        BatchSocket.LARGEST,
        Math.toIntExact(settings.receiveBuffer().asLongValue()),
        Math.toIntExact(settings.sendBuffer().asLongValue()),
        RECEIVE_TIMEOUT_MILLIS);
  }
}
