package dev.multipod.producer;

import dev.multipod.queue.QueueDefinition;
import java.util.Set;

/// What an owner knows of one of its queues.
///
/// @param markers offsets at the broker that are no items but ends of transactions, and that no
///   consumer is known to have passed; the broker counts them as unfinished
record Admission(
    QueueDefinition queue, Backlog backlog, Keys keys, Redrives redrives, Set<Long> markers) {}
