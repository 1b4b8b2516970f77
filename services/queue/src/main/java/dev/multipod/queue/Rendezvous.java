package dev.multipod.queue;

import dev.multipod.kit.peers.Peer;
import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/// Which replica a key belongs to: the same for every try while the replicas are the same, and
/// another one for few keys when they change (rendezvous hashing: Thaler, Ravishankar, 1998).
public final class Rendezvous {
  private Rendezvous() {}

  /// The replica; empty when there is none.
  public static Optional<Peer> of(String key, Collection<Peer> replicas) {
    return replicas.stream()
        .max(
            Comparator.comparingInt((Peer each) -> spread(key, each.name()))
                .thenComparing(Peer::name));
  }

  private static int spread(String key, String name) {
    int hash = (key + "\n" + name).hashCode();
    hash ^= hash >>> 16;
    hash *= 0x85ebca6b;
    hash ^= hash >>> 13;
    hash *= 0xc2b2ae35;
    return hash ^ (hash >>> 16);
  }
}
