package dev.multipod.local;

import dev.multipod.testkit.Folders;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/// `run`: one stack in one checkout, from the first check to the last process.
final class Runner {
  private final Settings settings;
  private final Console console;
  private final List<Part> table;
  private final CountDownLatch over = new CountDownLatch(1);

  Runner(Settings settings, Console console, List<Part> table) {
    this.settings = settings;
    this.console = console;
    this.table = table;
  }

  /// Runs until a signal ends it; then this JVM ends with exit code 0.
  ///
  /// @throws Refusal when it cannot be started
  void run() throws InterruptedException {
    long begin = System.nanoTime();
    FileLock lock = claim();
    Processes processes = new Processes(settings.run().resolve("processes"));
    List<String> leftovers = processes.endLeftovers();
    if (!leftovers.isEmpty()) {
      console.say("Ended what an earlier stack left: " + String.join(", ", leftovers));
    }
    try {
      FixedPorts.require(wanted());
    } catch (Refusal e) {
      release(lock);
      throw e;
    }
    Folders.remove(settings.peers());

    Stack stack = new Stack(settings, console, processes, table);
    Control control = new Control(settings.run(), stack);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(stack, control, lock)));
    console.say("Starting multipod; its folder is " + settings.home());
    boolean ready = stack.start();
    if (over.getCount() > 0) {
      Report.table(stack).forEach(console::say);
      boolean tokens = table.stream().anyMatch(part -> part.needs().contains(Part.Need.TOKENS));
      Report.hints(settings, tokens).forEach(console::say);
      console.say(
          (ready
                  ? "multipod is ready after %.1f s."
                  : "multipod is up after %.1f s, but not all of it.")
              .formatted((System.nanoTime() - begin) / 1e9));
    }
    over.await();
  }

  private void stop(Stack stack, Control control, FileLock lock) {
    long begin = System.nanoTime();
    over.countDown();
    console.say("Stopping multipod …");
    control.close();
    stack.close();
    release(lock);
    console.say("multipod is stopped after %.1f s.".formatted((System.nanoTime() - begin) / 1e9));
    // Stopped on request: that is no failure, whatever the signal was.
    Runtime.getRuntime().halt(0);
  }

  /// The kernel gives the lock back when this process ends, however it ends.
  private FileLock claim() {
    // Beside what it guards, which stays; a lock file that is deleted guards nothing.
    Path file = settings.data().resolve("lock");
    try {
      Files.createDirectories(settings.run());
      Files.createDirectories(settings.data());
      FileChannel channel =
          FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      FileLock lock = tryLock(channel);
      if (lock == null) {
        channel.close();
        throw new Refusal(
            """
            A stack of this checkout is running already (its folder is %s).
              stop it:           Ctrl-C where it runs
              another beside it: from another checkout, or MULTIPOD_HOME=/another/folder with other ports"""
                .formatted(settings.home()));
      }
      return lock;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      return null;
    }
  }

  /// Leaves only what is worth keeping: data.
  private void release(FileLock lock) {
    Folders.remove(settings.peers());
    Folders.remove(settings.run());
    try {
      Files.deleteIfExists(settings.token());
      lock.channel().close();
    } catch (IOException e) {
      console.say("The lock could not be released: " + e.getMessage());
    }
  }

  private List<FixedPorts.Wanted> wanted() {
    List<Integer> used = table.stream().flatMap(part -> part.port().stream().boxed()).toList();
    boolean raw = table.stream().anyMatch(part -> part.kind() == Part.Kind.RAW);
    return FixedPorts.of(settings).stream()
        .filter(
            wanted -> used.contains(wanted.port()) || (raw && wanted.port() == settings.rawPort()))
        .toList();
  }
}
