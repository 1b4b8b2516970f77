package dev.multipod.ticket.sale;

/// What came of a purchase.
sealed interface Sale {
  /// There is a ticket.
  ///
  /// @param replayed whether the order is that of an earlier request with the same key
  record Sold(Order order, boolean replayed) implements Sale {}

  record SoldOut() implements Sale {}

  /// The key came before, with another request.
  record KeyReused() implements Sale {}

  record NoSuchEvent() implements Sale {}

  /// The event's tickets have numbers by now, and are sold as `seats` alone.
  record Numbered() implements Sale {}

  /// The event has too many tickets left to give each a number.
  record TooManySeats() implements Sale {}

  /// The wait ran out. Whether it was sold in the last moment is unknown; the key finds out.
  record Late() implements Sale {}
}
