package dev.multipod.ticket.sale;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// A ticket sold.
///
/// @param token the fencing token of the tenure in which it was sold; absent without a lock
/// @param number the order's place in the event's list
/// @param remainingAfter what the seller wrote: but for `none`, no two orders of an event have the
///   same; absent with `seats`
/// @param seat the seat's number, with `seats`
/// @param pod the replica that sold it
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Order(
    UUID id,
    String event,
    @Nullable String buyer,
    String strategy,
    @Nullable Long token,
    @Nullable Integer remainingAfter,
    @Nullable Integer seat,
    long number,
    String pod,
    Instant at) {}
