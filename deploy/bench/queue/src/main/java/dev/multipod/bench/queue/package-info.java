/// Putting and getting items, against Kafka's own tools on the same broker.
@NullMarked
package dev.multipod.bench.queue;

import org.jspecify.annotations.NullMarked;
