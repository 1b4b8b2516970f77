package dev.multipod.queue;

import java.time.Duration;

/// What a queue is, as it was created.
///
/// @param maxsize how many items may wait for their first get; 0 is no bound, as in Python
/// @param lease how long a taken item stays with its taker without a renewal
/// @param maxDeliveries how often an item is handed out before it goes to the dead letters
public record QueueDefinition(String name, int maxsize, Duration lease, int maxDeliveries) {}
