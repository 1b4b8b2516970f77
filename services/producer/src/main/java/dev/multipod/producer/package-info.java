/// Bounded, joinable queues over Kafka: create, put, join.
///
/// Each queue has one admitting owner among the replicas ([dev.multipod.producer.Ownership]); its
/// tenure is a [dev.multipod.producer.Term]; the other replicas pass requests on to it
/// ([dev.multipod.producer.Routing]). A [dev.multipod.producer.Run] is a caller of its own that
/// lives in a replica.
@NullMarked
package dev.multipod.producer;

import org.jspecify.annotations.NullMarked;
