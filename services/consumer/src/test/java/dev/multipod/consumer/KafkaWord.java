package dev.multipod.consumer;

import dev.multipod.testkit.KafkaBroker;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.TopicPartition;

/// What the broker itself says, whoever else can reach it.
final class KafkaWord implements AutoCloseable {
  private static final int SHARES = 4;
  private static final String PRODUCERS = "multipod.producers";

  private final Admin admin;

  KafkaWord(KafkaBroker broker) {
    admin = broker.admin();
  }

  /// Whether so many producers have divided the shares.
  boolean divided(int producers) {
    try {
      ConsumerGroupDescription group =
          Objects.requireNonNull(
              admin.describeConsumerGroups(List.of(PRODUCERS)).all().get().get(PRODUCERS));
      // Between two phases of a rebalance, what was taken from one is nobody's.
      int given =
          group.members().stream()
              .mapToInt(member -> member.assignment().topicPartitions().size())
              .sum();
      return group.groupState() == GroupState.STABLE
          && group.members().size() == producers
          && given == SHARES;
    } catch (InterruptedException | ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  /// How many records there are in a topic, by the broker's word.
  long end(String topic) {
    TopicPartition partition = new TopicPartition(topic, 0);
    try {
      Map<TopicPartition, ListOffsetsResultInfo> ends =
          admin.listOffsets(Map.of(partition, OffsetSpec.latest())).all().get();
      return Objects.requireNonNull(ends.get(partition)).offset();
    } catch (InterruptedException | ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    admin.close(Duration.ZERO);
  }
}
