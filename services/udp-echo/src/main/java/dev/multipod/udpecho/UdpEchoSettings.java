package dev.multipod.udpecho;

import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;
import java.util.OptionalInt;

/// The raw socket of udp-echo and its bounds.
@ConfigMapping(prefix = "multipod.udp-echo")
public interface UdpEchoSettings {
  /// The address that both raw ports listen on.
  @WithDefault("127.0.0.1")
  String host();

  /// The raw port. Other replicas on this machine may share it (SO_REUSEPORT).
  @WithDefault("9007")
  int port();

  /// A second raw port of this replica alone, so that a client knows whom it talks to. Absent:
  /// none.
  OptionalInt ownPort();

  /// Threads of the raw port, a socket each. Absent: one for each processor.
  OptionalInt threads();

  /// How datagrams are read and sent.
  @WithDefault("auto")
  SocketKind socket();

  /// The most datagrams that one system call reads or sends.
  @WithDefault("32")
  int batch();

  /// The kernel's receive buffer of a socket (SO_RCVBUF; Linux doubles it), the queue in front of
  /// this service: what comes when it is full is dropped and counted. Larger means later, not more.
  @WithDefault("512K")
  MemorySize receiveBuffer();

  /// The kernel's send buffer of a socket (SO_SNDBUF; Linux doubles it). A reply that finds it full
  /// is dropped and counted.
  @WithDefault("512K")
  MemorySize sendBuffer();

  /// What one source address may send.
  Source source();

  /// Token buckets by source address, in a table of fixed size.
  interface Source {
    /// Datagrams a second of one address; what is over is dropped and counted.
    @WithDefault("200000")
    int rate();

    /// Datagrams that an address which was quiet may send at once.
    @WithDefault("50000")
    int burst();

    /// Addresses that have a bucket of their own. All beyond share one more bucket of the same
    /// rate.
    @WithDefault("16384")
    int table();
  }

  /// How long the port must be quiet before a stopping replica closes it.
  @WithDefault("200ms")
  Duration quiet();

  /// How long a stopping replica waits for that quiet.
  @WithDefault("3s")
  Duration drainTimeout();

  /// How datagrams are read and sent.
  enum SocketKind {
    /// The better one that works here.
    AUTO,
    /// Batches by the C library's `recvmmsg` and `sendmmsg`; Linux.
    BATCH,
    /// One at a time by the JDK's `DatagramChannel`; everywhere.
    CHANNEL
  }
}
