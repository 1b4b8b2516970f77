package dev.multipod.consumer;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import com.fasterxml.jackson.annotation.JsonValue;
import com.fasterxml.jackson.databind.JsonNode;
import dev.multipod.kit.stream.Events;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// What happens to the slots.
sealed interface SlotEvent extends Events.Event {
  /// The item in somebody's hands that it is about.
  ///
  /// @param event `held` (when the watching begins), `taken`, `renewed`, `done`, `released`,
  ///   `rejected` or `lost`
  record Item(String event, Instant at, @JsonUnwrapped SlotView slot) implements SlotEvent {}

  /// About a replica.
  ///
  /// @param event `watching`, or `away` when what happens there is not told now
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Place(String event, Instant at, String replica, @Nullable String why)
      implements SlotEvent {}

  /// What another replica told.
  record Passed(@JsonValue JsonNode body) implements SlotEvent {
    @Override
    public String event() {
      return body.path("event").asText();
    }
  }
}
