package dev.multipod.ticket.lock;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.multipod.kit.input.Durations;
import dev.multipod.kit.problem.Problem;
import java.time.Duration;
import java.util.UUID;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/// The body of a request for a lease; every member may be left out.
///
/// @param owner who asks; the same owner gets the same lease again. A new one when left out
/// @param ttl how long the lease lasts unless it is renewed
/// @param patience `wait` in JSON: how long to wait for the lock; zero does not wait and takes no
///   place
record LeaseRequest(
    @Schema(format = "uuid") @Nullable String owner,
    @Schema(type = SchemaType.STRING, examples = "\"10s\"") @Nullable Duration ttl,
    @Schema(type = SchemaType.STRING, examples = "\"30s\"") @JsonProperty("wait")
        @Nullable Duration patience) {

  UUID ownerOrNew() {
    return owner == null ? UUID.randomUUID() : owner(owner);
  }

  Duration waitOr(Duration usual) {
    return patience == null ? usual : patience;
  }

  /// The lease asked for.
  ///
  /// @throws Problem 422 `ttl-out-of-range`
  Duration ttl(LockSettings settings) {
    Duration asked = ttl == null ? settings.ttl() : ttl;
    if (asked.compareTo(settings.minTtl()) < 0 || asked.compareTo(settings.maxTtl()) > 0) {
      throw Problem.of(
          422,
          "ttl-out-of-range",
          "The lease is too short or too long",
          "Ask for a ttl of %s to %s."
              .formatted(Durations.format(settings.minTtl()), Durations.format(settings.maxTtl())));
    }
    return asked;
  }

  /// Reads an owner.
  ///
  /// @throws Problem 400 `invalid-owner`
  static UUID owner(String text) {
    // UUID.fromString also takes 1-1-1-1-1.
    if (text.length() == 36) {
      try {
        return UUID.fromString(text);
      } catch (IllegalArgumentException e) {
        // falls through
      }
    }
    throw Problem.of(
        400,
        "invalid-owner",
        "The owner is not a UUID",
        "Send a UUID, or leave it out for a new one.");
  }
}
