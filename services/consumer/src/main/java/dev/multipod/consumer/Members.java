package dev.multipod.consumer;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.multipod.kit.peers.Peer;
import dev.multipod.kit.peers.Peers;
import dev.multipod.kit.replica.Replica;
import dev.multipod.queue.Broker;
import dev.multipod.queue.Forward;
import dev.multipod.queue.QueueDefinition;
import dev.multipod.queue.Topics;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.admin.ShareGroupDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.jspecify.annotations.Nullable;

/// Who is in the share group of a queue. The broker keeps a killed or stopped member until its
/// session ends; but a member's client id names its process, which can be asked whether it is
/// there.
@ApplicationScoped
class Members {
  /// @param id the broker's, another for every share consumer
  /// @param process `<replica>.<instance>`
  record Member(String id, String process) {}

  /// One that is stopped does not answer for longer.
  private static final Duration ANSWER = Duration.ofSeconds(2);

  private static final Forward.Call PING = new Ping();

  private record Ping() implements Forward.Call {
    @Override
    public String method() {
      return "GET";
    }

    @Override
    public @Nullable String header(String name) {
      return null;
    }

    @Override
    public boolean gone() {
      return false;
    }

    @Override
    public void answerHeader(String name, String value) {
      // Nobody waits for this answer.
    }
  }

  private final Broker broker;
  private final Peers peers;
  private final Replica replica;
  private final Forward forward;
  private final ObjectMapper json;
  private final AtomicLong slots = new AtomicLong();

  Members(Broker broker, Peers peers, Replica replica, Forward forward, ObjectMapper json) {
    this.broker = broker;
    this.peers = peers;
    this.replica = replica;
    this.forward = forward;
    this.json = json;
  }

  /// For a share consumer of this process.
  String newClientId() {
    return process(replica.name(), replica.instance()) + "." + slots.incrementAndGet();
  }

  /// The members of other processes.
  ///
  /// @throws dev.multipod.kit.problem.Problem 503 `broker-away`
  List<Member> others(QueueDefinition queue) throws InterruptedException {
    String group = Topics.group(queue);
    String own = process(replica.name(), replica.instance());
    try {
      KafkaFuture<ShareGroupDescription> description =
          Objects.requireNonNull(
              broker.admin().describeShareGroups(List.of(group)).describedGroups().get(group));
      return broker.ask(description).members().stream()
          .map(each -> new Member(each.consumerId(), processOf(each.clientId())))
          .filter(each -> !each.process.equals(own))
          .toList();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof GroupIdNotFoundException) {
        return List.of();
      }
      throw Broker.away(e);
    }
  }

  /// Whether the process of a member answers.
  boolean isAlive(Member member) throws InterruptedException {
    for (Peer peer : peers.of(replica.service())) {
      if (member.process.startsWith(peer.name() + ".")
          && instance(peer)
              .filter(it -> member.process.equals(process(peer.name(), it)))
              .isPresent()) {
        return true;
      }
    }
    return false;
  }

  /// Which run of a replica answers; empty when none does.
  Optional<String> instance(Peer peer) throws InterruptedException {
    try {
      Object answer =
          forward
              .to(peer, PING, "/" + replica.service() + "/replica", new byte[0], ANSWER)
              .getEntity();
      return answer instanceof byte[] body
          ? Optional.of(json.readTree(body).path("instance").asText())
          : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static String process(String name, String instance) {
    return name + "." + instance;
  }

  private static String processOf(String clientId) {
    return clientId.substring(0, Math.max(0, clientId.lastIndexOf('.')));
  }
}
