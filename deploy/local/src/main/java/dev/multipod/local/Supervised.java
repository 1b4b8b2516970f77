package dev.multipod.local;

import dev.multipod.testkit.Child;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// A process that is kept alive: started, watched, and started again when it dies, as long as its
/// budget lasts. One thread owns it from its start to its end.
final class Supervised {
  private static final long POLL = TimeUnit.MILLISECONDS.toNanos(100);

  /// Where it stands.
  enum State {
    STARTING,
    READY,
    RESTARTING,
    DOWN,
    STOPPED
  }

  /// What it is, and who wants to know.
  interface Watch {
    /// Starts the process; does not wait.
    Child launch();

    /// Whether it can be used now; asked again and again.
    boolean ready();

    void onReady();

    void onGone();

    void stop(Child child, Duration grace);
  }

  private final String name;
  private final Watch watch;
  private final Console console;
  private final Processes processes;
  private final RestartBudget budget = new RestartBudget();
  private final CountDownLatch settled = new CountDownLatch(1);
  private final CountDownLatch stopAsked = new CountDownLatch(1);
  private final Thread thread;
  private volatile State state = State.STARTING;
  private volatile @Nullable Child child;

  Supervised(String name, Watch watch, Console console, Processes processes) {
    this.name = name;
    this.watch = watch;
    this.console = console;
    this.processes = processes;
    this.thread = Thread.ofVirtual().name("supervisor-of-" + name).unstarted(this::supervise);
  }

  void start() {
    thread.start();
  }

  String name() {
    return name;
  }

  State state() {
    return state;
  }

  Optional<Long> pid() {
    return Optional.ofNullable(child).filter(Child::isAlive).map(Child::pid);
  }

  /// Waits until it is ready for the first time, or given up.
  ///
  /// @return whether it is ready
  boolean awaitSettled(Duration within) {
    try {
      return settled.await(within.toMillis(), TimeUnit.MILLISECONDS) && state == State.READY;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /// Ends it: asked first, killed after the grace.
  void stop(Duration grace) {
    stopAsked.countDown();
    Child current = child;
    if (current != null && current.isAlive()) {
      watch.stop(current, grace);
    }
    try {
      if (thread.isAlive() && !thread.join(grace.plusSeconds(1))) {
        console.say(name + " does not end");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    state = State.STOPPED;
  }

  private boolean stopping() {
    return stopAsked.getCount() == 0;
  }

  private void supervise() {
    try {
      while (!stopping()) {
        runOnce();
        if (stopping()) {
          return;
        }
        Optional<Duration> pause = budget.died(System.nanoTime());
        if (pause.isEmpty()) {
          state = State.DOWN;
          console.say(
              "%s died more than %d times in a minute: it stays down. Its last lines are above; 'make scale' or a restart of the stack tries again."
                  .formatted(name, RestartBudget.LIMIT));
          return;
        }
        state = State.RESTARTING;
        if (stopAsked.await(pause.get().toMillis(), TimeUnit.MILLISECONDS)) {
          return;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      state = State.DOWN;
      console.say(name + " cannot be started: " + e.getMessage());
    } finally {
      settled.countDown();
    }
  }

  private void runOnce() throws InterruptedException {
    Child current = watch.launch();
    child = current;
    processes.add(name, current.handle());
    if (stopping()) {
      // Asked while it was being started: whoever asked has not seen this one.
      watch.stop(current, Duration.ofSeconds(2));
    }
    try {
      if (awaitReady(current)) {
        state = State.READY;
        watch.onReady();
        settled.countDown();
      }
      int code = current.onExit().join();
      if (!stopping()) {
        console.say(name + " (pid " + current.pid() + ") ended with " + meaning(code));
      }
    } finally {
      watch.onGone();
      processes.remove(current.pid());
    }
  }

  private boolean awaitReady(Child current) {
    while (current.isAlive() && !stopping()) {
      if (watch.ready()) {
        return true;
      }
      LockSupport.parkNanos(POLL);
    }
    return false;
  }

  private static String meaning(int code) {
    return code > 128 ? "signal " + (code - 128) : "exit code " + code;
  }
}
