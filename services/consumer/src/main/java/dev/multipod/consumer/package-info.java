/// Leases on the items of queues: get, task_done, release, reject, renew.
///
/// A [dev.multipod.consumer.Slot] is one share consumer; it holds the items of at most one
/// [dev.multipod.consumer.Lease], until that ends. [dev.multipod.consumer.Slots] bounds them. An
/// [dev.multipod.consumer.EatLoop] is a caller of its own that lives in a replica.
@NullMarked
package dev.multipod.consumer;

import org.jspecify.annotations.NullMarked;
