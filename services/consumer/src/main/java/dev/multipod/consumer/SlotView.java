package dev.multipod.consumer;

import java.time.Instant;
import java.util.List;

/// An item in somebody's hands.
///
/// @param item its id
/// @param by the loop that has it, or `http`
/// @param leaseUntil when it goes to somebody else, unless renewed
record SlotView(
    String replica,
    String queue,
    String item,
    String by,
    Instant since,
    Instant leaseUntil,
    int deliveries) {

  /// The items of a lease that are left.
  static List<SlotView> of(String replica, Holding holding) {
    return of(replica, holding, holding.lease().items());
  }

  static List<SlotView> of(String replica, Holding holding, List<LeasedItem> items) {
    Lease lease = holding.lease();
    return items.stream()
        .map(
            item ->
                new SlotView(
                    replica,
                    lease.queue().name(),
                    item.id(),
                    holding.by(),
                    holding.at(),
                    lease.until(),
                    item.deliveries()))
        .toList();
  }
}
