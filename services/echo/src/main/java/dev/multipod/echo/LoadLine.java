package dev.multipod.echo;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.SortedMap;

/// One line of a load's output.
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "event")
@JsonSubTypes({
  @JsonSubTypes.Type(value = LoadLine.Progress.class, name = "progress"),
  @JsonSubTypes.Type(value = LoadLine.Summary.class, name = "summary")
})
public sealed interface LoadLine {
  /// How far it is.
  ///
  /// @param answered messages answered with the right bytes
  /// @param failed messages without such an answer
  record Progress(long elapsedMillis, long answered, long failed) implements LoadLine {}

  /// How it went; the last line.
  ///
  /// @param complete false when the time limit cut it off
  /// @param perSecond answered messages a second
  /// @param p50Micros the median of the round trips of answered messages, in microseconds
  /// @param p99Micros their 99th percentile
  /// @param replicas answered messages by the replica whose raw socket read them
  record Summary(
      boolean complete,
      long elapsedMillis,
      long answered,
      long failed,
      long perSecond,
      long p50Micros,
      long p99Micros,
      SortedMap<String, Long> replicas)
      implements LoadLine {}
}
