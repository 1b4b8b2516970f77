package dev.multipod.queue;

/// A queue was deleted. Fired in every replica, when its [Directory] learns of it; an observer
/// forgets what it knows of the queue, and does not block.
public record QueueGone(QueueDefinition queue) {}
