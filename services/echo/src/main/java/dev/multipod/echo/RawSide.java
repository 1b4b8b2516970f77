package dev.multipod.echo;

import dev.multipod.kit.peers.Peer;

/// The raw socket of this replica.
public interface RawSide {
  /// Where this replica's own raw socket is reached from this machine.
  Peer self();

  /// The counters of the raw socket since the process started, for `GET /<service>/stats`.
  Object stats();
}
