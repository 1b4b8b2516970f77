package dev.multipod.producer;

import dev.multipod.kit.problem.Problem;
import dev.multipod.queue.Broker;
import dev.multipod.queue.Topics;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.ClassicGroupDescription;
import org.apache.kafka.clients.admin.MemberDescription;
import org.apache.kafka.common.TopicPartition;

/// Which replica owns which share, as Kafka's group of the producers says. A moment old; whoever is
/// asked in vain says so.
@ApplicationScoped
class Owners {
  private static final Duration MAX_AGE = Duration.ofMillis(300);

  private record Answer(Map<Integer, String> names, long at) {}

  private final Broker broker;
  private volatile Optional<Answer> known = Optional.empty();

  Owners(Broker broker) {
    this.broker = broker;
  }

  /// The name of the owning replica; empty while there is none.
  ///
  /// @throws dev.multipod.kit.problem.Problem 503 `broker-away`
  Optional<String> of(int share) throws InterruptedException {
    Optional<Answer> answer = known;
    if (answer.isEmpty() || System.nanoTime() - answer.get().at > MAX_AGE.toNanos()) {
      answer = Optional.of(new Answer(ask(answer), System.nanoTime()));
      known = answer;
    }
    return Optional.ofNullable(answer.get().names.get(share));
  }

  /// A broker that does not answer in time leaves what is known: most owners stay, and one that is
  /// none any more says so.
  private Map<Integer, String> ask(Optional<Answer> before) throws InterruptedException {
    ClassicGroupDescription group;
    try {
      // What describes any group asks for one of the newer kind first, and takes 110 ms.
      group =
          broker
              .ask(broker.admin().describeClassicGroups(List.of(Topics.OWNERS_GROUP)).all())
              .get(Topics.OWNERS_GROUP);
    } catch (Problem away) {
      return before.orElseThrow(() -> away).names;
    } catch (ExecutionException e) {
      return Map.of();
    }
    Map<Integer, String> names = new HashMap<>();
    if (group != null) {
      for (MemberDescription member : group.members()) {
        for (TopicPartition partition : member.assignment().topicPartitions()) {
          names.put(partition.partition(), member.clientId());
        }
      }
    }
    return names;
  }
}
