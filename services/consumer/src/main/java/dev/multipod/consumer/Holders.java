package dev.multipod.consumer;

import dev.multipod.kit.peers.Peer;
import dev.multipod.kit.peers.Peers;
import dev.multipod.kit.problem.Problem;
import dev.multipod.kit.replica.Drain;
import dev.multipod.kit.replica.Replica;
import dev.multipod.queue.Forward;
import dev.multipod.queue.Rendezvous;
import io.vertx.core.http.HttpServerRequest;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jboss.logging.Logger;

/// Which replica a call is for: the one that holds the lease, or the one that remembers the key.
@ApplicationScoped
class Holders {
  private static final Logger LOG = Logger.getLogger(Holders.class);
  private static final Duration ACK = Duration.ofSeconds(15);

  private static final String DRAINING = Problem.TYPE_PREFIX + Drain.draining().slug();

  private final Peers peers;
  private final Replica replica;
  private final Forward forward;
  private final Members members;

  Holders(Peers peers, Replica replica, Forward forward, Members members) {
    this.members = members;
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
            .orElseThrow(() -> Endings.lost(lease));
    try {
      return Optional.of(forward.to(peer, request, request.uri(), new byte[0], ACK));
    } catch (IOException e) {
      throw away(holder, e);
    }
  }

  private static Problem away(String holder, IOException cause) {
    return Problem.of(
            503,
            "holder-away",
            "The replica that holds the item does not answer",
            "Retry. If it is gone, the item is delivered to somebody else. Cause: %s."
                .formatted(cause))
        .with("holder", holder)
        .retryAfter(Duration.ofSeconds(1));
  }

  /// The answer of the replica from which all get the items of a fifo queue: as long as the
  /// replicas are the same, nobody asks the broker for what another one has. Empty when that is
  /// this one, or when no other answers.
  ///
  /// @throws Problem 503 `holder-away` when the time is over before one has answered
  Optional<Response> ofQueue(String queue, HttpServerRequest request, Duration atMost)
      throws InterruptedException {
    if (request.getHeader(Forward.HEADER) != null) {
      return Optional.empty();
    }
    long deadline = System.nanoTime() + atMost.toNanos();
    Set<String> silent = new HashSet<>();
    while (true) {
      Optional<Peer> peer = other(queue, silent);
      if (peer.isEmpty() || request.response().closed()) {
        return Optional.empty();
      }
      try {
        Response answer = forward.to(peer.get(), request, request.uri(), new byte[0], atMost);
        if (!isDraining(answer)) {
          return Optional.of(answer);
        }
      } catch (IOException e) {
        LOG.infof("event=peer-silent peer=%s cause=%s", peer.get().name(), e);
        if (System.nanoTime() - deadline > 0) {
          throw away(peer.get().name(), e);
        }
      }
      silent.add(peer.get().name());
    }
  }

  /// The first in the queue's order of the replicas that answers; empty when that is this one.
  private Optional<Peer> other(String queue, Set<String> silent) throws InterruptedException {
    List<Peer> all = new ArrayList<>(peers.of(replica.service()));
    all.removeIf(each -> silent.contains(each.name()));
    while (true) {
      Optional<Peer> peer = Rendezvous.of(queue, all);
      if (peer.isEmpty() || peer.get().name().equals(replica.name())) {
        return Optional.empty();
      }
      // One that is stopped would let the caller wait for all of its time.
      if (members.instance(peer.get()).isPresent()) {
        return peer;
      }
      all.remove(peer.get());
    }
  }

  private static boolean isDraining(Response answer) {
    return answer.getStatus() == 503
        && answer.getEntity() instanceof byte[] body
        && new String(body, StandardCharsets.UTF_8).contains(DRAINING);
  }

  /// The answer of the replica that a key belongs to, the same for every try while the replicas are
  /// the same (rendezvous hashing); empty when that is this one, or when it does not answer.
  Optional<Response> ofKey(String key, HttpServerRequest request, Duration atMost)
      throws InterruptedException {
    if (request.getHeader(Forward.HEADER) != null) {
      return Optional.empty();
    }
    Optional<Peer> peer = Rendezvous.of(key, peers.of(replica.service()));
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
}
