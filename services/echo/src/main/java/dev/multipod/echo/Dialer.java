package dev.multipod.echo;

import dev.multipod.kit.peers.Peer;
import java.io.IOException;
import java.time.Duration;

/// Opens raw sockets to replicas. Blocking; call it on a virtual thread.
public interface Dialer {
  /// Opens a socket of its own to the raw port of `replica`.
  ///
  /// @param timeout how long connecting, and then each reply, may take
  Conversation dial(Peer replica, Duration timeout) throws IOException;
}
