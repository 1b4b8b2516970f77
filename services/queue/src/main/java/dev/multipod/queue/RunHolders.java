package dev.multipod.queue;

import dev.multipod.kit.peers.Peer;
import dev.multipod.kit.peers.Peers;
import dev.multipod.kit.problem.Problem;
import dev.multipod.kit.replica.Replica;
import io.vertx.core.http.HttpServerRequest;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Optional;
import org.jboss.logging.Logger;

/// Which replica a call about a run is for: the one that its id names, or the one that its
/// Idempotency-Key belongs to.
@ApplicationScoped
public class RunHolders {
  private static final Logger LOG = Logger.getLogger(RunHolders.class);
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final Duration ANSWER = Duration.ofSeconds(15);

  private final Peers peers;
  private final Replica replica;
  private final Forward forward;

  RunHolders(Peers peers, Replica replica, Forward forward) {
    this.peers = peers;
    this.replica = replica;
    this.forward = forward;
  }

  /// An id for a run of this replica.
  public String newId() {
    return replica.name() + "." + HexFormat.of().toHexDigits(RANDOM.nextLong());
  }

  /// The answer of the run's replica; empty when that is this one.
  ///
  /// @throws Problem 404 `run-unknown`, 503 `replica-away`
  public Optional<Response> ofRun(String run, HttpServerRequest request)
      throws InterruptedException {
    Optional<Peer> other = other(run, request);
    if (other.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(forward.to(other.get(), request, request.uri(), new byte[0], ANSWER));
    } catch (IOException e) {
      throw away(other.get(), e);
    }
  }

  /// As [#ofRun], for an answer that comes over time.
  public Optional<Response> streamOfRun(String run, HttpServerRequest request)
      throws InterruptedException {
    Optional<Peer> other = other(run, request);
    if (other.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          forward.stream(other.get(), Forward.Call.of(request), request.uri(), ANSWER));
    } catch (IOException e) {
      throw away(other.get(), e);
    }
  }

  /// The answer of the replica that a key belongs to; empty when that is this one, or when it does
  /// not answer.
  public Optional<Response> ofKey(String key, HttpServerRequest request, byte[] body)
      throws InterruptedException {
    if (request.getHeader(Forward.HEADER) != null) {
      return Optional.empty();
    }
    Optional<Peer> peer = Rendezvous.of(key, peers.of(replica.service()));
    if (peer.isEmpty() || peer.get().name().equals(replica.name())) {
      return Optional.empty();
    }
    try {
      return Optional.of(forward.to(peer.get(), request, request.uri(), body, ANSWER));
    } catch (IOException e) {
      LOG.infof("event=peer-silent peer=%s cause=%s", peer.get().name(), e);
      return Optional.empty();
    }
  }

  private Optional<Peer> other(String run, HttpServerRequest request) {
    String holder = run.substring(0, Math.max(0, run.lastIndexOf('.')));
    if (holder.equals(replica.name()) || request.getHeader(Forward.HEADER) != null) {
      return Optional.empty();
    }
    return Optional.of(
        peers.of(replica.service()).stream()
            .filter(each -> each.name().equals(holder))
            .findFirst()
            .orElseThrow(() -> unknown(run)));
  }

  /// The problem of a run that nobody knows.
  public static Problem unknown(String run) {
    return Problem.of(
            404,
            "run-unknown",
            "There is no such run",
            "Its id begins with the replica that has it. A replica that is gone took its runs with"
                + " it, and the last ended ones are remembered; what a run put is in its queue.")
        .with("run", run);
  }

  private static Problem away(Peer peer, IOException cause) {
    return Problem.of(
            503,
            "replica-away",
            "The replica that has the run does not answer",
            "Retry. If it is gone, so is the run; what it put is in its queue. Cause: %s."
                .formatted(cause))
        .with("replica", peer.name())
        .retryAfter(Duration.ofSeconds(1));
  }
}
