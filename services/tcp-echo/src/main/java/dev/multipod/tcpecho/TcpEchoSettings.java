package dev.multipod.tcpecho;

import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;
import java.util.OptionalInt;

/// The raw socket of tcp-echo and its bounds.
@ConfigMapping(prefix = "multipod.tcp-echo")
public interface TcpEchoSettings {
  /// The address that both raw ports listen on.
  @WithDefault("127.0.0.1")
  String host();

  /// The raw port. Other replicas on this machine may share it (SO_REUSEPORT).
  @WithDefault("9007")
  int port();

  /// A second raw port of this replica alone, so that a client knows whom it talks to. Absent:
  /// none.
  OptionalInt ownPort();

  /// The most connections. At the limit readiness goes down and no more are accepted; after
  /// `full-grace` they are accepted and reset. Never more than the file limit less
  /// `descriptor-reserve`.
  @WithDefault("10000")
  int maxConnections();

  /// The most connections from one address; one more is reset.
  @WithDefault("5000")
  int maxConnectionsPerAddress();

  /// File descriptors kept free for everything but raw connections.
  @WithDefault("256")
  int descriptorReserve();

  /// How long connections wait in the kernel's queue for a place before they are reset.
  @WithDefault("2s")
  Duration fullGrace();

  /// How many connections the kernel queues before it ignores new ones; it cuts this to its own
  /// limit (`net.core.somaxconn`).
  @WithDefault("4096")
  int backlog();

  /// A connection that sends nothing for so long, and is owed nothing, is closed.
  @WithDefault("5m")
  Duration idleTimeout();

  /// A connection that takes none of its replies for so long is reset.
  @WithDefault("30s")
  Duration writeStallTimeout();

  /// The kernel's send buffer of a connection (SO_SNDBUF; Linux doubles it). A client that does not
  /// read holds so much, and 64 KiB of ours.
  @WithDefault("128K")
  MemorySize sendBuffer();

  /// The kernel's receive buffer of a connection (SO_RCVBUF; Linux doubles it). Bytes that a client
  /// sends without reading replies wait here, then on its side.
  @WithDefault("128K")
  MemorySize receiveBuffer();

  /// How long open connections may go on when the process stops; then what was read is replied, and
  /// they are closed.
  @WithDefault("5s")
  Duration drainTimeout();
}
