package dev.multipod.queue;

/// An item's id: where it lies in its queue's topic. Unique in the queue, and in the order of puts.
public record ItemId(int partition, long offset) {
  @Override
  public String toString() {
    return partition + "-" + offset;
  }
}
