package dev.multipod.echo;

import dev.multipod.kit.peers.Peer;
import dev.multipod.kit.peers.Peers;
import dev.multipod.kit.replica.Replica;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/// Which replica's raw socket is talked to next: all in turn, so that every one is seen. Choosing
/// the endpoint here is what makes its name certain.
@ApplicationScoped
public class Targets {
  private final Peers peers;
  private final Replica replica;
  private final RawSide raw;
  private final AtomicInteger turn = new AtomicInteger();

  Targets(Peers peers, Replica replica, RawSide raw) {
    this.peers = peers;
    this.replica = replica;
    this.raw = raw;
  }

  /// Every known replica with a raw port, by name; this one alone when none is known. Blocking.
  public List<Peer> all() {
    List<Peer> known =
        peers.of(replica.service()).stream()
            .filter(peer -> peer.rawPort().isPresent())
            .sorted(Comparator.comparing(Peer::name))
            .toList();
    return known.isEmpty() ? List.of(raw.self()) : known;
  }

  /// The next replica in turn. Blocking.
  public Peer next() {
    List<Peer> all = all();
    return all.get(Math.floorMod(turn.getAndIncrement(), all.size()));
  }
}
