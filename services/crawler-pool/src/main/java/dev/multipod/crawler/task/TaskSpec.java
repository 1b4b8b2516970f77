package dev.multipod.crawler.task;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.math.BigInteger;
import java.time.Duration;

/// What a task does.
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
@JsonSubTypes({
  @JsonSubTypes.Type(value = TaskSpec.Square.class, name = "square"),
  @JsonSubTypes.Type(value = TaskSpec.Fetch.class, name = "fetch")
})
public sealed interface TaskSpec {
  /// Sleeps, then squares: the tutorial's `work(n)`.
  record Square(BigInteger n, Duration sleep) implements TaskSpec {}

  /// Gets a page: the tutorial's `get_page(url)`.
  record Fetch(String url) implements TaskSpec {}

  /// The name of the kind, as callers write it.
  default String kind() {
    return switch (this) {
      case Square square -> "square";
      case Fetch fetch -> "fetch";
    };
  }
}
