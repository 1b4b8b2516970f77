package dev.multipod.ssh.exec;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import org.jspecify.annotations.Nullable;

/// What happens to a command, in the order it is told.
sealed interface Event {
  /// Bytes of output, as they came.
  ///
  /// @param stream `stdout` or `stderr`
  @SuppressWarnings("ArrayRecordComponent") // handed over once, never compared
  record Output(String stream, byte[] bytes) implements Event {}

  /// It is over, and how is known.
  record Exit(Ending ending) implements Event {}

  /// The connection broke: whether and how it ended is not known.
  record Lost(String reason) implements Event {}

  /// Why a command ended.
  enum Reason {
    /// By itself.
    FINISHED,
    CANCELLED,
    TIMEOUT
  }

  /// How a command ended.
  ///
  /// @param code its exit status, absent when a signal ended it or nothing was heard
  /// @param signal the signal that ended it, without `SIG`
  /// @param truncated whether output was dropped because it was more than `maxOutput`
  /// @param remoteMayBeRunning whether neither TERM nor KILL was seen to have an effect
  @JsonInclude(JsonInclude.Include.ALWAYS)
  @JsonPropertyOrder({"code", "signal", "truncated", "reason", "remoteMayBeRunning"})
  record Ending(
      @Nullable Integer code,
      @Nullable String signal,
      boolean truncated,
      String reason,
      boolean remoteMayBeRunning) {}
}
