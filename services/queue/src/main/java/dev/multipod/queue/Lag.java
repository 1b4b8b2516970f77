package dev.multipod.queue;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListShareGroupOffsetsSpec;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;

/// What the broker says of a queue's share group (KIP-1226).
///
/// @param start everything before this offset is finished
/// @param records how many records from `start` to the end are not finished. It counts the control
///   records by which a producer's transaction ends, until a consumer passes them; it never counts
///   too few.
public record Lag(long start, long records) {

  /// The lag of one queue; empty means that the broker cannot tell, and never "nothing".
  ///
  /// @throws dev.multipod.kit.problem.Problem 503 `broker-away`
  public static Optional<Lag> of(Broker broker, QueueDefinition queue)
      throws InterruptedException, ExecutionException {
    return broker.ask(ask(broker.admin(), queue));
  }

  /// The same, for whom nobody waits: not waited for here either.
  ///
  /// @throws dev.multipod.kit.problem.Problem 503 `broker-away` when the broker was never found
  public static KafkaFuture<Optional<Lag>> inBackground(Broker broker, QueueDefinition queue) {
    return ask(broker.background(), queue);
  }

  // One group in one question: about several the broker thinks for seconds (measured on 4.2.1: 24
  // groups at once 2 to 6 s, one after the other 0.15 s).
  private static KafkaFuture<Optional<Lag>> ask(Admin admin, QueueDefinition queue) {
    String group = Topics.group(queue);
    TopicPartition items = Topics.itemsPartition(queue);
    return admin
        .listShareGroupOffsets(
            Map.of(group, new ListShareGroupOffsetsSpec().topicPartitions(List.of(items))))
        .partitionsToOffsetInfo(group)
        .thenApply(
            answer ->
                Optional.ofNullable(answer.get(items))
                    .flatMap(info -> info.lag().map(lag -> new Lag(info.startOffset(), lag))));
  }
}
