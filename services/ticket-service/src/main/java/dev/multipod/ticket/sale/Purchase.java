package dev.multipod.ticket.sale;

import dev.multipod.kit.input.IdempotencyKey;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// A wish to buy one ticket.
///
/// @param id of the order, if it comes to one
/// @param key by which a retry is known
/// @param fingerprint of all that a retry must repeat
record Purchase(
    UUID id, String event, String key, String fingerprint, @Nullable String buyer, Strategy how) {

  static Purchase of(String event, String key, @Nullable String buyer, Strategy how) {
    String fingerprint = IdempotencyKey.fingerprint(event, how.word(), buyer == null ? "" : buyer);
    return new Purchase(UUID.randomUUID(), event, key, fingerprint, buyer, how);
  }
}
