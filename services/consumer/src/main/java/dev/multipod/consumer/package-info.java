/// Leases on the items of queues: get, task_done, release, reject, renew.
///
/// A [dev.multipod.consumer.Slot] is one share consumer; it holds at most one item, and answers for
/// it until its [dev.multipod.consumer.Lease] ends. [dev.multipod.consumer.Slots] bounds them.
@NullMarked
package dev.multipod.consumer;

import org.jspecify.annotations.NullMarked;
