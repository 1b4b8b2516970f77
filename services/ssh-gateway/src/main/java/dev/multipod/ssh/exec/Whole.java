package dev.multipod.ssh.exec;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.io.ByteArrayOutputStream;
import org.jspecify.annotations.Nullable;

/// A command that is over, with what it said. Text is in `stdout` and `stderr`; where the bytes are
/// not UTF-8, the base64 of them is in `stdoutB64` and `stderrB64` instead.
record Whole(
    String id,
    @Nullable Integer code,
    @Nullable String signal,
    boolean truncated,
    String reason,
    boolean remoteMayBeRunning,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String stdout,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String stdoutB64,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String stderr,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String stderrB64) {

  /// Holds the output until the end, up to a number of bytes for both streams together.
  static final class Buffer {
    private final int limit;
    private final ByteArrayOutputStream stdout = new ByteArrayOutputStream();
    private final ByteArrayOutputStream stderr = new ByteArrayOutputStream();
    private boolean cut;

    Buffer(int limit) {
      this.limit = limit;
    }

    /// Reads to the end.
    ///
    /// @return how it ended
    Event fill(Execution execution) throws InterruptedException {
      while (true) {
        Event event = execution.next();
        if (!(event instanceof Event.Output(String stream, byte[] bytes))) {
          return event;
        }
        int room = Math.min(bytes.length, limit - stdout.size() - stderr.size());
        cut |= room < bytes.length;
        (stream.equals("stdout") ? stdout : stderr).write(bytes, 0, room);
      }
    }

    Whole toWhole(String id, Event.Ending ending) {
      Characters.Piece out = piece(stdout);
      Characters.Piece err = piece(stderr);
      return new Whole(
          id,
          ending.code(),
          ending.signal(),
          ending.truncated() || cut,
          ending.reason(),
          ending.remoteMayBeRunning(),
          text(out),
          base64(out),
          text(err),
          base64(err));
    }

    private static Characters.Piece piece(ByteArrayOutputStream bytes) {
      return Characters.whole(bytes.toByteArray());
    }

    private static @Nullable String text(Characters.Piece piece) {
      return piece.text() ? piece.value() : null;
    }

    private static @Nullable String base64(Characters.Piece piece) {
      return piece.text() ? null : piece.value();
    }
  }
}
