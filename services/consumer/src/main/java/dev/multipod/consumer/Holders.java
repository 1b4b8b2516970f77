package dev.multipod.consumer;

import dev.multipod.kit.peers.Peer;
import dev.multipod.kit.peers.Peers;
import dev.multipod.kit.problem.Problem;
import dev.multipod.kit.replica.Replica;
import dev.multipod.queue.Forward;
import io.vertx.core.http.HttpServerRequest;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.time.Duration;
import java.util.Comparator;
import java.util.Optional;
import org.jboss.logging.Logger;

/// Which replica a call is for: the one that holds the lease, or the one that remembers the key.
@ApplicationScoped
class Holders {
  private static final Logger LOG = Logger.getLogger(Holders.class);
  private static final Duration ACK = Duration.ofSeconds(15);

  private final Peers peers;
  private final Replica replica;
  private final Forward forward;

  Holders(Peers peers, Replica replica, Forward forward) {
    this.peers = peers;
    this.replica = replica;
    this.forward = forward;
  }

  /// The answer of the replica that gave the lease; empty when that is this one.
  ///
  /// @throws Problem 409 `lease-lost` when it is gone, 503 `holder-away` when it does not answer
  Optional<Response> ofLease(String lease, HttpServerRequest request) throws InterruptedException {
    String holder = lease.substring(0, Math.max(0, lease.lastIndexOf('.')));
    if (holder.equals(replica.name()) || request.getHeader(Forward.HEADER) != null) {
      return Optional.empty();
    }
    Peer peer =
        peers.of(replica.service()).stream()
            .filter(each -> each.name().equals(holder))
            .findFirst()
            .orElseThrow(() -> Leases.lost(lease));
    try {
      return Optional.of(forward.to(peer, request, request.uri(), new byte[0], ACK));
    } catch (IOException e) {
      throw Problem.of(
              503,
              "holder-away",
              "The replica that holds the item does not answer",
              "Retry. If it is gone, the item is delivered to somebody else. Cause: %s."
                  .formatted(e))
          .with("holder", holder)
          .retryAfter(Duration.ofSeconds(1));
    }
  }

  /// The answer of the replica that a key belongs to, the same for every try while the replicas are
  /// the same (rendezvous hashing); empty when that is this one, or when it does not answer.
  Optional<Response> ofKey(String key, HttpServerRequest request, Duration atMost)
      throws InterruptedException {
    if (request.getHeader(Forward.HEADER) != null) {
      return Optional.empty();
    }
    Optional<Peer> peer =
        peers.of(replica.service()).stream()
            .max(
                Comparator.comparingInt((Peer each) -> spread(key, each.name()))
                    .thenComparing(Peer::name));
    if (peer.isEmpty() || peer.get().name().equals(replica.name())) {
      return Optional.empty();
    }
    try {
      return Optional.of(forward.to(peer.get(), request, request.uri(), new byte[0], atMost));
    } catch (IOException e) {
      LOG.infof("event=peer-silent peer=%s cause=%s", peer.get().name(), e);
      return Optional.empty();
    }
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
