package dev.multipod.producer;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.multipod.kit.stream.Events;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// A step of a run.
///
/// @param event `put`, `full` (waits for a place), `retrying`, `joining`, `joined`, `failed` or
///   `stopped`
/// @param n the number of the item, from 1
/// @param id the item's id in the queue
/// @param unfinished how many of the queue's items are not done
@JsonInclude(JsonInclude.Include.NON_NULL)
record RunEvent(
    String event,
    Instant at,
    @Nullable Integer n,
    @Nullable String item,
    @Nullable String id,
    @Nullable Long unfinished,
    @Nullable String problem,
    @Nullable String why)
    implements Events.Event {

  static RunEvent put(int n, String item, String id) {
    return new RunEvent("put", Instant.now(), n, item, id, null, null, null);
  }

  static RunEvent full(int n) {
    return new RunEvent("full", Instant.now(), n, null, null, null, null, null);
  }

  static RunEvent retrying(String problem, String why) {
    return new RunEvent("retrying", Instant.now(), null, null, null, null, problem, why);
  }

  static RunEvent joining(long unfinished) {
    return new RunEvent("joining", Instant.now(), null, null, null, unfinished, null, null);
  }

  /// How it ended.
  static RunEvent end(RunState.Ended end) {
    return switch (end) {
      case RunState.Joined(int _, Instant at) ->
          new RunEvent("joined", at, null, null, null, 0L, null, null);
      case RunState.Failed(int _, Instant at, String problem, String why) ->
          new RunEvent("failed", at, null, null, null, null, problem, why);
      case RunState.Stopped(int _, Instant at, String why) ->
          new RunEvent("stopped", at, null, null, null, null, null, why);
    };
  }
}
