package dev.multipod.testkit;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;

/// Programs that a test needs and that the build does not bring: CPython, OpenSSH, a browser.
public final class Tools {
  private static final Path NOT_TESTED = Path.of("target/not-tested.txt");

  private Tools() {}

  /// The program's path. Without it the test is skipped, and `target/not-tested.txt` of the module
  /// gets a line that says so; where `CI` is set it fails.
  ///
  /// @param program its name on the `PATH`, or in `/usr/sbin`
  /// @param proves what stays untested without it, in a few words
  public static Path require(String program, String proves) {
    Optional<Path> found = find(program);
    if (found.isEmpty()) {
      missing(program + " is missing: not tested: " + proves);
    }
    return found.orElseThrow();
  }

  /// As above, for a program whose name says it all.
  public static Path require(String program) {
    return require(program, "what needs " + program);
  }

  /// The program's path, if there is one.
  public static Optional<Path> find(String program) {
    String path = Optional.ofNullable(System.getenv("PATH")).orElse("") + ":/usr/sbin:/sbin";
    return Arrays.stream(path.split(File.pathSeparator, -1))
        .filter(folder -> !folder.isEmpty())
        .map(folder -> Path.of(folder, program))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /// Skips this test, or fails it where `CI` is set.
  public static void missing(String line) {
    if (System.getenv("CI") != null) {
      throw new AssertionError(line);
    }
    try {
      Files.createDirectories(NOT_TESTED.resolveSibling("."));
      if (!Files.exists(NOT_TESTED) || !Files.readAllLines(NOT_TESTED).contains(line)) {
        Files.writeString(
            NOT_TESTED, line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Assumptions.abort(line);
  }
}
