package dev.multipod.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;

/// What happens to processes.
public final class Faults {
  private Faults() {}

  /// SIGKILL: no goodbye.
  public static void kill(long pid) {
    signal("KILL", pid);
  }

  /// SIGSTOP: alive, holds its connections, does nothing.
  public static void pause(long pid) {
    signal("STOP", pid);
  }

  /// SIGCONT: goes on as if no time had passed.
  public static void resume(long pid) {
    signal("CONT", pid);
  }

  /// SIGTERM: asked to stop.
  public static void terminate(long pid) {
    signal("TERM", pid);
  }

  /// SIGKILL.
  public static void kill(ProcessHandle process) {
    kill(process.pid());
  }

  /// SIGSTOP.
  public static void pause(ProcessHandle process) {
    pause(process.pid());
  }

  /// SIGCONT.
  public static void resume(ProcessHandle process) {
    resume(process.pid());
  }

  static void signal(String name, long pid) {
    try {
      // The shell's own kill: /bin/kill is not everywhere.
      int code =
          new ProcessBuilder("sh", "-c", "kill -" + name + " " + pid)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start()
              .waitFor();
      if (code != 0 && ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false)) {
        throw new IllegalStateException("kill -" + name + " " + pid + " failed");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
