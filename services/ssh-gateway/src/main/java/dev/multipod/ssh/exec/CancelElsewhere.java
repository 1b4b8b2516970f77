package dev.multipod.ssh.exec;

import dev.multipod.kit.peers.Peer;
import dev.multipod.kit.peers.Peers;
import dev.multipod.kit.problem.Problem;
import dev.multipod.kit.replica.Replica;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Passes a cancel on to the replica that runs the command; its id begins with that one's name.
@ApplicationScoped
class CancelElsewhere {
  /// Set on what was passed on once: it is not passed on again.
  static final String FORWARDED = "Multipod-Forwarded";

  private static final Duration TIMEOUT = Duration.ofSeconds(5);

  private final Peers peers;
  private final Replica replica;
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(TIMEOUT).build();

  CancelElsewhere(Peers peers, Replica replica) {
    this.peers = peers;
    this.replica = replica;
  }

  /// The other replica's answer.
  ///
  /// @param authorization the caller's own, which the other replica checks again
  Response cancel(String id, String owner, @Nullable String authorization)
      throws InterruptedException {
    Optional<Peer> peer =
        peers.of(replica.service()).stream().filter(one -> one.name().equals(owner)).findAny();
    if (peer.isEmpty() || !id.matches("[a-z0-9.-]{1,300}")) {
      throw unknown(id);
    }
    String host = peer.get().host();
    URI uri =
        URI.create(
            "http://%s:%d/%s/executions/%s"
                .formatted(
                    host.contains(":") ? "[" + host + "]" : host,
                    peer.get().httpPort(),
                    replica.service(),
                    id));
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri).timeout(TIMEOUT).header(FORWARDED, replica.name()).DELETE();
    if (authorization != null) {
      request.header("Authorization", authorization);
    }
    try {
      HttpResponse<byte[]> answer =
          http.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
      return Response.status(answer.statusCode())
          .type(answer.headers().firstValue("Content-Type").orElse("application/json"))
          .entity(answer.body())
          .build();
    } catch (IOException e) {
      throw Problem.of(
              502,
              "replica-unreachable",
              "The replica that runs the command does not answer",
              "Retry in a moment. When a replica goes, its commands get TERM.")
          .with("replica", owner);
    }
  }

  static Problem unknown(String id) {
    return Problem.of(
            404,
            "unknown-execution",
            "There is no such execution",
            "The id is in the 'start' line and in the header Multipod-Execution; a replica that went"
                + " took its executions with it.")
        .with("execution", id);
  }
}
