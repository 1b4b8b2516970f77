package dev.multipod.queue;

import org.apache.kafka.clients.consumer.ConsumerRecord;

/// An item's id: where it lies in its queue's topic. Unique in the queue, and in the order of puts;
/// a queue that is created when one of its name was deleted has other ids, by their generation.
public record ItemId(int generation, long offset) {
  public ItemId(QueueDefinition queue, long offset) {
    this(queue.generation(), offset);
  }

  /// The id of an item that lies in the topic of its queue.
  public static ItemId of(ConsumerRecord<byte[], byte[]> item) {
    String place = Topics.place(item.topic());
    int dot = place.indexOf('.');
    return new ItemId(dot < 0 ? 0 : Integer.parseInt(place.substring(dot + 1)), item.offset());
  }

  @Override
  public String toString() {
    return generation + "-" + offset;
  }
}
