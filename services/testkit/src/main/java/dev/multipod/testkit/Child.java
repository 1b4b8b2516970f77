package dev.multipod.testkit;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/// A child process that cannot outlive its parent.
///
/// A tiny shell waits beside it for the end of a pipe that only this JVM holds; when this JVM ends,
/// by `kill -9` too, the shell kills the child, also a stopped one. The child has a session of its
/// own, so Ctrl-C in a terminal reaches only the parent, which decides the order. The child's
/// standard input is empty.
public final class Child implements AutoCloseable {
  private static final int LINES_KEPT = 4000;
  private static final String GUARD =
      """
      exec 3<&0 </dev/null
      trap '' INT HUP
      child=$$
      ( trap '' TERM; read -r ended <&3 || kill -9 $child ) >/dev/null 2>&1 &
      exec 3<&-
      exec "$@"
      """;

  private final String name;
  private final Process process;
  private final Deque<String> lines = new ArrayDeque<>();
  private final Thread reader;
  private final CompletableFuture<Void> released;
  private final Consumer<String> onLine;

  private Child(String name, Process process, Consumer<String> onLine) {
    this.name = name;
    this.process = process;
    this.onLine = onLine;
    // Not a virtual thread: reading a pipe occupies its carrier, and a few children would take all.
    this.reader = Thread.ofPlatform().daemon().name("log-of-" + name).start(this::read);
    this.released = process.onExit().thenRun(this::releaseGuard);
  }

  /// Starts a command.
  ///
  /// @param environment added to this process's own
  /// @param onLine gets each line of its output and errors, on a thread of its own
  public static Child start(
      String name,
      List<String> command,
      Map<String, String> environment,
      Path directory,
      Consumer<String> onLine) {
    List<String> guarded = new ArrayList<>();
    if (Files.isExecutable(Path.of("/usr/bin/setsid"))) {
      guarded.add("/usr/bin/setsid");
    }
    guarded.addAll(List.of("/bin/sh", "-c", GUARD, name));
    guarded.addAll(command);
    ProcessBuilder builder =
        new ProcessBuilder(guarded).directory(directory.toFile()).redirectErrorStream(true);
    builder.environment().putAll(environment);
    try {
      return new Child(name, builder.start(), onLine);
    } catch (IOException e) {
      throw new UncheckedIOException(name + " did not start", e);
    }
  }

  /// The child's pid: the command's own, not a wrapper's.
  public long pid() {
    return process.pid();
  }

  public String name() {
    return name;
  }

  public ProcessHandle handle() {
    return process.toHandle();
  }

  public boolean isAlive() {
    return process.isAlive();
  }

  /// Completes with the exit code.
  public CompletableFuture<Integer> onExit() {
    return process.onExit().thenApply(Process::exitValue);
  }

  /// What it has written, at most the last 4000 lines.
  public List<String> log() {
    synchronized (lines) {
      return List.copyOf(lines);
    }
  }

  /// SIGKILL, and waits until it is gone.
  public void kill() {
    handle().destroyForcibly();
    released.join();
  }

  /// SIGSTOP.
  public void pause() {
    Faults.pause(pid());
  }

  /// SIGCONT.
  public void resume() {
    Faults.resume(pid());
  }

  /// SIGTERM; after the grace, SIGKILL.
  ///
  /// @return whether it went by itself
  public boolean stop(Duration grace) {
    // Not Process.destroy: that closes the pipe to the guard, which would kill at once.
    handle().destroy();
    return awaitEnd(grace);
  }

  /// Waits for its end; after the grace, SIGKILL.
  ///
  /// @return whether it went by itself
  public boolean awaitEnd(Duration grace) {
    boolean ended = false;
    try {
      ended = process.waitFor(grace.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (!ended) {
      kill();
    }
    return ended;
  }

  /// Waits until all output of an ended child was read.
  public void awaitOutput() throws InterruptedException {
    reader.join();
  }

  @Override
  public void close() {
    if (process.isAlive()) {
      kill();
    }
  }

  private void read() {
    try (BufferedReader reader = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        synchronized (lines) {
          if (lines.size() == LINES_KEPT) {
            lines.removeFirst();
          }
          lines.addLast(line);
        }
        onLine.accept(line);
      }
    } catch (IOException e) {
      onLine.accept("(its output cannot be read: " + e.getMessage() + ")");
    }
  }

  private void releaseGuard() {
    try (OutputStream pipe = process.getOutputStream()) {
      pipe.write('\n');
    } catch (IOException e) {
      // The guard is gone already.
      Thread.onSpinWait();
    }
  }
}
