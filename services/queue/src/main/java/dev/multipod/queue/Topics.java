package dev.multipod.queue;

import java.util.List;
import org.apache.kafka.common.TopicPartition;

/// The names of everything that the queues keep in Kafka.
public final class Topics {
  /// One record for each queue: key = its name, value = its [QueueDefinition]; and for each deleted
  /// one: see [DeletedQueue]. Compacted.
  public static final String QUEUES = "multipod.queues";

  /// The taken notices, in the partition of their queue, and the notices of ends: see [Taken] and
  /// [Finished].
  public static final String TAKEN = "multipod.taken";

  /// The consumer group by which Kafka gives each partition of [#QUEUES] to one producer replica.
  /// That replica admits the items of the partition's queues.
  public static final String OWNERS_GROUP = "multipod.producers";

  /// What a record of an item may have at the broker: the largest item with its headers.
  public static final int RECORD_BYTES = 2 * 1024 * 1024;

  private static final String ITEMS_PREFIX = "multipod.queue.";
  private static final String DEAD_LETTERS_SUFFIX = ".dlq";

  private Topics() {}

  /// The topic of a queue's items. It has one partition: a dead consumer's items come back at once
  /// with one, and only when its session ends with several. A queue's name has no dot, so that no
  /// two names meet.
  public static String items(QueueDefinition queue) {
    return ITEMS_PREFIX + queue.place();
  }

  /// The [QueueDefinition#place] of the queue whose items lie in a topic.
  static String place(String items) {
    return items.substring(ITEMS_PREFIX.length());
  }

  /// The only partition of [#items].
  public static TopicPartition itemsPartition(QueueDefinition queue) {
    return new TopicPartition(items(queue), 0);
  }

  /// The topic of the items that were given up.
  public static String deadLetters(QueueDefinition queue) {
    return deadLetters(items(queue));
  }

  /// The same, by the topic of the items.
  public static String deadLetters(String items) {
    return items + DEAD_LETTERS_SUFFIX;
  }

  /// The share group by which items are delivered.
  public static String group(QueueDefinition queue) {
    return items(queue);
  }

  /// Which partition of [#QUEUES] and [#TAKEN] a queue belongs to. Never change it: the partition
  /// decides who admits.
  public static int partitionOf(String queue, int partitions) {
    return Math.floorMod(queue.hashCode(), partitions);
  }

  /// All topics that exist before the first queue does.
  public static List<String> shared() {
    return List.of(QUEUES, TAKEN);
  }
}
