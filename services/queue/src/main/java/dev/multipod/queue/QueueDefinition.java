package dev.multipod.queue;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.time.Duration;

/// What a queue is, as it was created.
///
/// @param maxsize how many items may wait for their first get; 0 is no bound, as in Python
/// @param lease how long a taken item stays with its taker without a renewal
/// @param maxDeliveries how often an item is handed out before it goes to the dead letters
/// @param order in which order its items are handed out
/// @param generation how many queues of this name were deleted before it
public record QueueDefinition(
    String name, int maxsize, Duration lease, int maxDeliveries, Order order, int generation) {
  /// A definition that was written before there were orders has none.
  @SuppressWarnings("NullAway")
  public QueueDefinition {
    order = order == null ? Order.WORK : order;
  }

  @JsonIgnore
  public boolean isFifo() {
    return order == Order.FIFO;
  }

  /// What its topics and its group are called after. A later queue of the same name shares none of
  /// them: whoever still has to do with this one, however late, cannot touch that one.
  public String place() {
    return generation == 0 ? name : name + "." + generation;
  }
}
