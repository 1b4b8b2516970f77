package dev.multipod.queue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.multipod.kit.peers.Peer;
import dev.multipod.kit.peers.Peers;
import dev.multipod.kit.replica.Replica;
import io.vertx.core.http.HttpServerRequest;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// Asks the other replicas of this service what this one was asked, all at once.
@ApplicationScoped
public class Everywhere {
  private static final Duration ANSWER = Duration.ofSeconds(2);

  /// What another replica said.
  public sealed interface Said {
    record Answer(String replica, JsonNode body) implements Said {}

    /// Nothing, or nothing that can be used.
    record Silence(String replica, String why) implements Said {}
  }

  private final Peers peers;
  private final Replica replica;
  private final Forward forward;
  private final ObjectMapper json;

  Everywhere(Peers peers, Replica replica, Forward forward, ObjectMapper json) {
    this.peers = peers;
    this.replica = replica;
    this.forward = forward;
    this.json = json;
  }

  /// The other replicas that are known, in the order of their names; none when the request comes
  /// from one of them.
  public List<Peer> others(HttpServerRequest request) {
    if (request.getHeader(Forward.HEADER) != null) {
      return List.of();
    }
    return peers.of(replica.service()).stream()
        .filter(peer -> !peer.name().equals(replica.name()))
        .sorted(Comparator.comparing(Peer::name))
        .toList();
  }

  /// Their answers in JSON, in the order of their names. Each has two seconds.
  ///
  /// @param request a GET
  public List<Said> ask(HttpServerRequest request) throws InterruptedException {
    List<Said> all = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Said>> coming = new ArrayList<>();
      for (Peer peer : others(request)) {
        coming.add(threads.submit(() -> ask(peer, request)));
      }
      for (Future<Said> said : coming) {
        all.add(said.get());
      }
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    }
    return all;
  }

  private Said ask(Peer peer, HttpServerRequest request) throws InterruptedException {
    try {
      Response answer =
          forward.to(
              peer,
              Forward.Call.of(request).accepting("application/json"),
              request.uri(),
              new byte[0],
              ANSWER);
      if (answer.getStatus() == 200 && answer.getEntity() instanceof byte[] body) {
        return new Said.Answer(peer.name(), json.readTree(body));
      }
      return new Said.Silence(peer.name(), "it answers " + answer.getStatus());
    } catch (IOException e) {
      return new Said.Silence(peer.name(), e.toString());
    }
  }
}
