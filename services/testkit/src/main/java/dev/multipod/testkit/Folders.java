package dev.multipod.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/// Folders that come and go.
public final class Folders {
  private Folders() {}

  /// A new folder; the caller removes it.
  public static Path temporary(String prefix) {
    try {
      return Files.createTempDirectory(prefix);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Removes a folder with all that is in it; links are removed, not followed.
  public static void remove(Path folder) {
    try (Stream<Path> tree = Files.walk(folder)) {
      List<Path> bottomUp = tree.sorted(Comparator.reverseOrder()).toList();
      for (Path path : bottomUp) {
        Files.deleteIfExists(path);
      }
    } catch (NoSuchFileException e) {
      // Somebody was faster.
      return;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
