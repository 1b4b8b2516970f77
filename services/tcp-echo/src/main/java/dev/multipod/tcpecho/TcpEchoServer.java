package dev.multipod.tcpecho;

import dev.multipod.echo.RawSide;
import dev.multipod.kit.peers.Peer;
import dev.multipod.kit.replica.Replica;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.epoll.EpollEventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.GlobalEventExecutor;
import io.quarkus.netty.MainEventLoopGroup;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/// The raw side: listeners, the gate, and connections on Quarkus' event loops.
@ApplicationScoped
class TcpEchoServer implements RawSide {
  private static final Logger LOG = Logger.getLogger(TcpEchoServer.class);
  private static final int LINGER_MILLIS = 1000;

  private final TcpEchoSettings settings;
  private final Replica replica;
  private final TcpCounters counters;
  private final SpareDescriptor spare = new SpareDescriptor();
  private final ChannelGroup open = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
  private final List<LoopConnections> loops = new ArrayList<>();
  private final List<Listener> listeners = new ArrayList<>();
  private final Transport transport;
  private final Gate gate;

  TcpEchoServer(
      TcpEchoSettings settings,
      Replica replica,
      TcpCounters counters,
      MeterRegistry metrics,
      @MainEventLoopGroup EventLoopGroup group) {
    this.settings = settings;
    this.replica = replica;
    this.counters = counters;
    this.transport = group instanceof EpollEventLoopGroup ? Transport.EPOLL : Transport.NIO;
    for (EventExecutor loop : group) {
      loops.add(new LoopConnections((EventLoop) loop, settings));
    }
    EventLoop acceptLoop = loops.getFirst().loop();
    int limit = FileLimit.connections(settings.maxConnections(), settings.descriptorReserve());
    this.gate = new Gate(acceptLoop, limit, settings);
    Acceptor acceptor = new Acceptor(transport, gate, spare, loops, open, counters, settings);
    listeners.add(listener(acceptLoop, acceptor, settings.port(), true));
    settings
        .ownPort()
        .ifPresent(port -> listeners.add(listener(acceptLoop, acceptor, port, false)));
    Gauge.builder("multipod.tcp-echo.connections", gate, Gate::open)
        .description("Connections open now")
        .register(metrics);
    Gauge.builder("multipod.tcp-echo.connections.limit", gate, Gate::limit)
        .description("Connections that may be open at once")
        .register(metrics);
  }

  void start(@Observes StartupEvent event) {
    LOG.infof("event=starting transport=%s connections-limit=%d", transport, gate.limit());
    listeners.forEach(Listener::open);
  }

  /// Whether every port is bound.
  boolean isBound() {
    return listeners.stream().allMatch(Listener::isBound);
  }

  Gate gate() {
    return gate;
  }

  /// The shared port, bound or asked for.
  int port() {
    return listeners.getFirst().port();
  }

  @Override
  public Peer self() {
    // A wildcard address is not one to connect to.
    InetSocketAddress address = new InetSocketAddress(settings.host(), 0);
    String host = address.getAddress().isAnyLocalAddress() ? "127.0.0.1" : settings.host();
    return new Peer(replica.name(), host, 0, OptionalInt.of(listeners.getLast().port()));
  }

  @Override
  public Stats stats() {
    return new Stats(
        transport.name(),
        gate.open(),
        gate.limit(),
        counters.accepted.sum(),
        counters.received.sum(),
        counters.reads.sum(),
        counters.cuts());
  }

  /// The drain: no new connections, then those that are open reach their end of file, or the
  /// deadline; what was read by then is replied to before they are closed.
  void stop(@Observes @Priority(10) ShutdownEvent event) {
    listeners.forEach(Listener::close);
    LOG.infof("event=draining connections=%d", open.size());
    if (!open.newCloseFuture()
        .awaitUninterruptibly(settings.drainTimeout().toNanos(), TimeUnit.NANOSECONDS)) {
      LOG.infof("event=drain-deadline connections=%d", open.size());
      loops.forEach(loop -> loop.forEach(EchoHandler::finish));
      if (!open.newCloseFuture().awaitUninterruptibly(LINGER_MILLIS)) {
        var _ = open.close().awaitUninterruptibly(LINGER_MILLIS);
      }
    }
    loops.forEach(LoopConnections::close);
    spare.close();
  }

  private Listener listener(EventLoop loop, Acceptor acceptor, int port, boolean shared) {
    InetSocketAddress address = new InetSocketAddress(settings.host(), port);
    return new Listener(transport, loop, acceptor, address, shared, settings.backlog());
  }

  /// The raw side in numbers.
  ///
  /// @param received bytes
  /// @param reads read batches; the bytes of each are flushed at once
  /// @param cut connections turned away or ended, by reason, other than by end of file
  record Stats(
      String transport,
      int connections,
      int connectionsLimit,
      long accepted,
      long received,
      long reads,
      Map<String, Long> cut) {}
}
