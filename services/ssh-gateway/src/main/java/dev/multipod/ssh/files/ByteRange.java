package dev.multipod.ssh.files;

import dev.multipod.kit.problem.Problem;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A part of a file (RFC 9110, section 14).
///
/// @param from the first byte
/// @param length how many
/// @param size of the whole file
record ByteRange(long from, long length, long size) {
  private static final Pattern ONE = Pattern.compile("bytes=(\\d{0,18})-(\\d{0,18})");

  /// What a `Range` header asks for. Empty means the whole: no header, several ranges, or a form
  /// that is not known, all of which a server may answer so.
  ///
  /// @throws Unsatisfiable nothing of the file is in the range
  static Optional<ByteRange> parse(@Nullable String header, long size) {
    Matcher parts = ONE.matcher(header == null ? "" : header.strip());
    if (!parts.matches() || (parts.group(1).isEmpty() && parts.group(2).isEmpty())) {
      return Optional.empty();
    }
    if (parts.group(1).isEmpty()) {
      long last = Math.min(Long.parseLong(parts.group(2)), size);
      if (last == 0) {
        throw new Unsatisfiable(size);
      }
      return Optional.of(new ByteRange(size - last, last, size));
    }
    long from = Long.parseLong(parts.group(1));
    long to = parts.group(2).isEmpty() ? size - 1 : Long.parseLong(parts.group(2));
    if (!parts.group(2).isEmpty() && to < from) {
      return Optional.empty();
    }
    if (from >= size) {
      throw new Unsatisfiable(size);
    }
    return Optional.of(new ByteRange(from, Math.min(to, size - 1) - from + 1, size));
  }

  String contentRange() {
    return "bytes %d-%d/%d".formatted(from, from + length - 1, size);
  }

  /// No byte of the file is in the range.
  static final class Unsatisfiable extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final long size;

    Unsatisfiable(long size) {
      this.size = size;
    }

    long size() {
      return size;
    }

    Problem problem() {
      return Problem.of(
              416,
              "range-not-satisfiable",
              "The file has no byte in this range",
              "Ask for a range that begins inside the file.")
          .with("size", size);
    }
  }
}
