package dev.multipod.crawler.claim;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;
import java.time.Duration;

/// How a run of a task ended.
public sealed interface Outcome {
  /// It gave a result.
  record Succeeded(JsonNode result) implements Outcome {}

  /// It ended without what was asked for; running it again would not help.
  ///
  /// @param code stable, such as `http-status`
  /// @param result what is known all the same, or JSON null
  record Failed(String code, String detail, JsonNode result) implements Outcome {
    /// A failure of which nothing more is known.
    public Failed(String code, String detail) {
      this(code, detail, NullNode.getInstance());
    }
  }

  /// It is handed back, to be claimed again after a while by whoever has a place.
  ///
  /// @param retry whether this counts as a retry that the site caused
  record HandedBack(Duration after, boolean retry) implements Outcome {}
}
