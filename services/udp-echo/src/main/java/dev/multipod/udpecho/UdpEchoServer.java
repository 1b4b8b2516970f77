package dev.multipod.udpecho;

import dev.multipod.echo.RawSide;
import dev.multipod.kit.peers.Peer;
import dev.multipod.kit.replica.Drain;
import dev.multipod.kit.replica.Replica;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/// The raw side: the shared port with a socket and a thread for each processor, and the own port.
@ApplicationScoped
class UdpEchoServer implements RawSide {
  private static final Logger LOG = Logger.getLogger(UdpEchoServer.class);

  private final UdpEchoSettings settings;
  private final Replica replica;
  private final Drain drain;
  private final UdpCounters counters;
  private final SocketFactory sockets;
  private final SourceLimits limits;
  private final List<EchoPort> ports = new ArrayList<>();

  UdpEchoServer(
      UdpEchoSettings settings,
      Replica replica,
      Drain drain,
      UdpCounters counters,
      MeterRegistry metrics) {
    this.settings = settings;
    this.replica = replica;
    this.drain = drain;
    this.counters = counters;
    this.sockets = new SocketFactory(settings.socket());
    UdpEchoSettings.Source source = settings.source();
    this.limits = new SourceLimits(source.rate(), source.burst(), source.table());
    int threads = settings.threads().orElse(Runtime.getRuntime().availableProcessors());
    ports.add(port(settings.port(), true, threads));
    settings.ownPort().ifPresent(port -> ports.add(port(port, false, 1)));
    FunctionCounter.builder("multipod.udp-echo.kernel.dropped", this, UdpEchoServer::kernelDrops)
        .description("Datagrams that found the socket's queue full")
        .register(metrics);
    Gauge.builder("multipod.udp-echo.sources", limits, l -> l.active(SourceLimits.now()))
        .description("Source addresses whose bucket is not full")
        .register(metrics);
  }

  void start(@Observes StartupEvent event) {
    LOG.infof("event=starting socket=%s", sockets.kind());
    for (EchoPort port : ports) {
      if (!open(port)) {
        var _ = Thread.ofVirtual().name("bind-again").start(() -> openUntilItWorks(port));
      }
    }
  }

  /// Whether datagrams are read from every port.
  boolean isServing() {
    return ports.stream().allMatch(EchoPort::isServing);
  }

  /// The shared port, bound or asked for.
  int port() {
    return ports.getFirst().port();
  }

  @Override
  public Peer self() {
    // A wildcard address is not one to send to.
    InetSocketAddress address = new InetSocketAddress(settings.host(), 0);
    String host = address.getAddress().isAnyLocalAddress() ? "127.0.0.1" : settings.host();
    return new Peer(replica.name(), host, 0, OptionalInt.of(ports.getLast().port()));
  }

  @Override
  public Stats stats() {
    return new Stats(
        sockets.kind().name(),
        counters.received.sum(),
        counters.receivedBytes.sum(),
        counters.replied.sum(),
        counters.batches.sum(),
        limits.active(SourceLimits.now()),
        kernelDrops(),
        counters.drops());
  }

  /// The drain: each socket goes on until it is quiet, or until the deadline.
  void stop(@Observes @Priority(10) ShutdownEvent event) throws InterruptedException {
    LOG.info("event=draining");
    long deadline = System.nanoTime() + settings.drainTimeout().toNanos();
    ports.forEach(port -> port.stop(deadline));
    for (EchoPort port : ports) {
      port.join();
    }
  }

  private long kernelDrops() {
    return ports.stream().mapToLong(port -> KernelSockets.onPort(port.port()).drops()).sum();
  }

  private boolean open(EchoPort port) {
    try {
      port.open();
      return true;
    } catch (IOException e) {
      LOG.errorf("event=bind-failed port=%d cause=%s", port.port(), e.getMessage());
      return false;
    }
  }

  private void openUntilItWorks(EchoPort port) {
    try {
      while (!drain.await(1, TimeUnit.SECONDS) && !open(port)) {
        LOG.debugf("event=bind-again port=%d", port.port());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private EchoPort port(int number, boolean shared, int threads) {
    return new EchoPort(number, shared, threads, settings, sockets, limits, counters, this::isOurs);
  }

  private boolean isOurs(int number) {
    for (EchoPort port : ports) {
      if (port.port() == number) {
        return true;
      }
    }
    return false;
  }

  /// The raw side in numbers, in datagrams but for the bytes.
  ///
  /// @param batches reads that brought something
  /// @param sources addresses that sent a moment ago
  /// @param kernelDropped what found the queue of a socket full
  /// @param dropped what was read and not replied to, by reason
  record Stats(
      String socket,
      long received,
      long receivedBytes,
      long replied,
      long batches,
      int sources,
      long kernelDropped,
      Map<String, Long> dropped) {}
}
