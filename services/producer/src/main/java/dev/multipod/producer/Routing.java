package dev.multipod.producer;

import dev.multipod.kit.peers.Peer;
import dev.multipod.kit.peers.Peers;
import dev.multipod.kit.problem.Problem;
import dev.multipod.kit.replica.Replica;
import dev.multipod.queue.Broker;
import dev.multipod.queue.Directory;
import dev.multipod.queue.Forward;
import dev.multipod.queue.Topics;
import io.vertx.core.http.HttpServerRequest;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.net.ConnectException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.function.Function;
import org.jboss.logging.Logger;

/// Brings a request to the owner of its queue: this replica, or another one by HTTP. While the
/// owner changes it tries again; every request that has an effect is safe to repeat.
@ApplicationScoped
class Routing {
  /// What to do when the owner is this replica.
  interface Local {
    Response answer(Term term, Duration left)
        throws InterruptedException, ExecutionException, TermOver;
  }

  private static final Logger LOG = Logger.getLogger(Routing.class);
  private static final String ELSEWHERE = "Multipod-Owner-Elsewhere";
  private static final Duration RETRY = Duration.ofMillis(100);

  private final Broker broker;
  private final Ownership ownership;
  private final Owners owners;
  private final Directory directory;
  private final Peers peers;
  private final Forward forward;
  private final Replica replica;
  private final ProducerSettings settings;

  Routing(
      Broker broker,
      Ownership ownership,
      Owners owners,
      Directory directory,
      Peers peers,
      Forward forward,
      Replica replica,
      ProducerSettings settings) {
    this.broker = broker;
    this.ownership = ownership;
    this.owners = owners;
    this.directory = directory;
    this.peers = peers;
    this.forward = forward;
    this.replica = replica;
    this.settings = settings;
  }

  /// The owner's answer.
  ///
  /// @param wait how long the owner itself may take
  /// @param path the path and query for the owner, given the wait that is left
  /// @throws Problem 503 `owner-away`, `broker-away`; 504 `outcome-unknown` when an owner may have
  ///   acted
  Response onOwner(
      String queue,
      HttpServerRequest request,
      byte[] body,
      Duration wait,
      Function<Duration, String> path,
      Local local)
      throws InterruptedException {
    return onOwner(queue, Forward.Call.of(request), body, wait, path, local);
  }

  /// As above, for a call that need not have come by HTTP.
  Response onOwner(
      String queue,
      Forward.Call call,
      byte[] body,
      Duration wait,
      Function<Duration, String> path,
      Local local)
      throws InterruptedException {
    int share = Topics.partitionOf(queue, directory.shares());
    long start = System.nanoTime();
    // A question changes nothing, whoever it reached.
    boolean acts = !call.method().equals("GET");
    boolean mayHaveActed = false;
    String why = "its owner is not known";
    do {
      long seen = ownership.changed().version();
      Duration left = wait.minusNanos(System.nanoTime() - start);
      left = left.isNegative() ? Duration.ZERO : left;
      try {
        Optional<Term> mine = ownership.term(share);
        if (mine.isPresent()) {
          return local.answer(mine.get(), left);
        }
        Optional<Peer> owner = other(share, call);
        if (owner.isPresent()) {
          Response answer =
              forward.to(
                  owner.get(),
                  call,
                  path.apply(left),
                  body,
                  left.plus(settings.ownerWait()).plusSeconds(1));
          if (answer.getHeaderString(ELSEWHERE) == null) {
            return answer;
          }
        }
      } catch (TermOver over) {
        mayHaveActed = acts;
        why = "its owner was replaced " + over.getMessage();
      } catch (ConnectException e) {
        why = "its owner does not listen";
      } catch (IOException e) {
        mayHaveActed = acts;
        why = "its owner did not answer";
      } catch (ExecutionException e) {
        LOG.warnf("event=broker-refused queue=%s cause=%s", queue, e.getCause());
        throw Broker.away(e);
      }
      if (call.gone()) {
        break;
      }
      ownership.changed().awaitChange(seen, RETRY);
    } while (System.nanoTime() - start < wait.plus(settings.ownerWait()).toNanos());
    // Without the broker nobody finds an owner, or is one.
    Optional<String> trouble = broker.trouble();
    if (mayHaveActed) {
      throw unknown(queue, why + trouble.map(each -> ", and " + each).orElse(""));
    }
    throw trouble.isPresent() ? Broker.away(trouble.get()) : away(queue, why);
  }

  /// The other replica to ask; empty while it is not known, or while it should be this one.
  private Optional<Peer> other(int share, Forward.Call call) throws InterruptedException {
    Optional<String> owner = owners.of(share);
    if (owner.isEmpty() || owner.get().equals(replica.name())) {
      return Optional.empty();
    }
    if (call.header(Forward.HEADER) != null) {
      call.answerHeader(ELSEWHERE, owner.get());
      throw away("the queue", "this replica is not its owner");
    }
    return peers.of(replica.service()).stream()
        .filter(peer -> peer.name().equals(owner.get()))
        .findFirst();
  }

  private static Problem away(String queue, String why) {
    return Problem.of(
            503,
            "owner-away",
            "The queue has no owner at the moment",
            "Queue %s: %s. Nothing was changed; a new owner is found within seconds. Retry."
                .formatted(queue, why))
        .retryAfter(Duration.ofSeconds(2));
  }

  private static Problem unknown(String queue, String why) {
    return Problem.of(
            504,
            "outcome-unknown",
            "It is not known whether this was done",
            "Queue %s: %s. Retry with the same Idempotency-Key: it is done once."
                .formatted(queue, why))
        .with("queue", queue);
  }
}
