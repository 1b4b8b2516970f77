/// What the producer and the consumer of queues share: names and records in Kafka, the connection
/// to it, the view of all queues, and passing a request on to another replica.
@NullMarked
package dev.multipod.queue;

import org.jspecify.annotations.NullMarked;
