package dev.multipod.local;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;

/// A file with the processes that run now, so that the next stack can end what a killed one left.
/// Each with the time it started at: a pid alone may belong to somebody else by then.
final class Processes {
  // The kernel counts from the boot, whose time moves a little when the clock is set.
  private static final Duration CLOCK_TOLERANCE = Duration.ofSeconds(2);
  private static final long END_WITHIN_SECONDS = 5;

  private final Path file;
  private final Map<Long, String> lines = new TreeMap<>();

  Processes(Path file) {
    this.file = file;
  }

  synchronized void add(String name, ProcessHandle process) {
    long start = process.info().startInstant().map(Instant::toEpochMilli).orElse(0L);
    lines.put(process.pid(), process.pid() + " " + start + " " + name);
    write();
  }

  synchronized void remove(long pid) {
    if (lines.remove(pid) != null) {
      write();
    }
  }

  /// Ends what the file of an earlier stack still names.
  ///
  /// @return the names of what was running
  List<String> endLeftovers() {
    List<String> ended = new ArrayList<>();
    for (String line : read()) {
      String[] part = line.split(" ", 3);
      if (part.length < 3) {
        continue;
      }
      Optional<ProcessHandle> found =
          ProcessHandle.of(Long.parseLong(part[0])).filter(p -> startedAt(p, part[1]));
      if (found.isPresent()) {
        found.get().destroyForcibly();
        await(found.get());
        ended.add(part[2]);
      }
    }
    return ended;
  }

  private static boolean startedAt(ProcessHandle process, String millis) {
    Instant recorded = Instant.ofEpochMilli(Long.parseLong(millis));
    return process
        .info()
        .startInstant()
        .map(start -> Duration.between(start, recorded).abs().compareTo(CLOCK_TOLERANCE) < 0)
        .orElse(false);
  }

  private static void await(ProcessHandle process) {
    try {
      process.onExit().get(END_WITHIN_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      throw new Refusal(
          "Process %d of an earlier stack does not end; end it, then start again."
              .formatted(process.pid()),
          e);
    }
  }

  private List<String> read() {
    try {
      return Files.readAllLines(file);
    } catch (NoSuchFileException e) {
      return List.of();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void write() {
    String all = lines.values().stream().collect(Collectors.joining("\n", "", "\n"));
    try {
      Path fresh = Files.writeString(file.resolveSibling(file.getFileName() + ".new"), all);
      Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
