package dev.multipod.producer;

import java.time.Duration;
import java.util.Optional;

/// The body of `PUT /producer/queues/{q}`; what is left out has its default.
///
/// @param maxsize how many items may wait for their first get; 0 (the default) is no bound
/// @param lease how long a taken item stays with its taker without a renewal; default 30 s
/// @param maxDeliveries how often an item is handed out before it goes to the dead letters; default
///   5, or two less than the broker's limit where that is less
/// @param order `work` (the default), or `fifo`
record QueueRequest(
    Optional<Integer> maxsize,
    Optional<Duration> lease,
    Optional<Integer> maxDeliveries,
    Optional<String> order) {
  static final QueueRequest DEFAULT =
      new QueueRequest(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());
}
