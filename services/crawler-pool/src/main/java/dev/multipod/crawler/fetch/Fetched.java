package dev.multipod.crawler.fetch;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;

/// What became of a fetch.
public sealed interface Fetched {
  /// The site answered 200.
  record Page(JsonNode result) implements Fetched {}

  /// It will not be had.
  ///
  /// @param result what is known of the answer; JSON null when there was none
  record Failed(String code, String detail, JsonNode result) implements Fetched {}

  /// Not now.
  ///
  /// @param retry whether the site caused it, and not only another request to it
  record Later(Duration after, boolean retry) implements Fetched {}
}
