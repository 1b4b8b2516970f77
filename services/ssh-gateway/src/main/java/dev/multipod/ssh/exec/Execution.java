package dev.multipod.ssh.exec;

import dev.multipod.ssh.SshSettings;
import dev.multipod.ssh.connect.Lease;
import dev.multipod.ssh.connect.Timer;
import dev.multipod.ssh.exec.Event.Ending;
import dev.multipod.ssh.exec.Event.Reason;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import net.schmizz.sshj.connection.ConnectionException;
import net.schmizz.sshj.connection.channel.direct.Session;
import net.schmizz.sshj.connection.channel.direct.Signal;
import net.schmizz.sshj.transport.TransportException;
import org.jspecify.annotations.Nullable;

/// One running command. Two threads read its two streams, both always: they share one window, and
/// one that nobody reads would stop the other. A third writes its standard input.
final class Execution implements AutoCloseable {
  private static final int CHUNK = 32 << 10;

  /// From KILL to giving up, and from the end of both streams to the exit status.
  private static final Duration LAST_WORD = Duration.ofSeconds(2);

  private static final Duration LOOK = Duration.ofMillis(500);

  private final String id;
  private final ExecRequest.Checked request;
  private final Lease lease;
  private final Session session;
  private final Session.Command command;
  private final Duration grace;
  private final Timer timer;
  private final Outbox outbox = new Outbox();
  private final AtomicBoolean stopping = new AtomicBoolean();
  private final AtomicLong bytes = new AtomicLong();
  private final CountDownLatch drained = new CountDownLatch(2);
  private final Timer.Appointment deadline;
  private volatile Reason reason = Reason.FINISHED;
  private volatile BooleanSupplier callerGone = () -> false;
  private volatile boolean truncated;
  private volatile boolean over;

  Execution(
      String id,
      ExecRequest.Checked request,
      Lease lease,
      Session session,
      Session.Command command,
      SshSettings.Exec settings,
      Timer timer) {
    this.id = id;
    this.request = request;
    this.lease = lease;
    this.session = session;
    this.command = command;
    this.grace = settings.grace();
    this.timer = timer;
    this.deadline = timer.in(request.timeout(), () -> stop(Reason.TIMEOUT));
  }

  /// Begins to read and write its streams.
  Execution begin() {
    start("stdin", this::feed);
    start("stdout", () -> read("stdout", command.getInputStream()));
    start("stderr", () -> read("stderr", command.getErrorStream()));
    start("exit", this::awaitExit);
    return this;
  }

  private void start(String what, Runnable task) {
    var thread = Thread.ofVirtual().name("ssh-" + what + "-" + id).start(task);
    thread.setUncaughtExceptionHandler(
        (_, failure) -> outbox.end(new Event.Lost(failure.toString())));
  }

  String id() {
    return id;
  }

  String fingerprint() {
    return lease.fingerprint();
  }

  long bytes() {
    return bytes.get();
  }

  /// The next event. A command that says nothing would not notice that its caller left, so that is
  /// looked at too.
  Event next() throws InterruptedException {
    while (true) {
      Optional<Event> event = outbox.take(LOOK);
      if (event.isPresent()) {
        return event.get();
      }
      if (callerGone.getAsBoolean()) {
        return new Event.Lost("the caller left");
      }
    }
  }

  /// Says how to know that the caller left.
  void watch(BooleanSupplier gone) {
    callerGone = gone;
  }

  /// TERM, after the grace KILL, then nothing more can be done from here. Returns at once.
  ///
  /// @return whether it was running and not being stopped already
  boolean stop(Reason why) {
    if (over || !stopping.compareAndSet(false, true)) {
      return false;
    }
    reason = why;
    send(Signal.TERM);
    var _ = timer.in(grace, () -> send(Signal.KILL));
    var _ = timer.in(grace.plus(LAST_WORD), this::giveUp);
    return true;
  }

  /// This replica goes: TERM, and the stream ends without an exit.
  void shutDown() {
    var _ = stop(Reason.CANCELLED);
    outbox.end(new Event.Lost("this replica of the gateway stops; the command got TERM"));
  }

  /// Sending may block behind a full socket, and the timer must not.
  private void send(Signal signal) {
    if (!over) {
      start(
          "signal",
          () -> {
            try {
              command.signal(signal);
            } catch (TransportException e) {
              // The readers find out as well, and say so.
            }
          });
    }
  }

  private void giveUp() {
    if (!over) {
      outbox.end(new Event.Exit(ending(true)));
    }
  }

  private void feed() {
    try (var in = command.getOutputStream()) {
      in.write(request.stdin().getBytes(StandardCharsets.UTF_8));
      in.flush();
    } catch (IOException e) {
      // It closed its standard input, or the connection broke, which the readers tell.
    }
  }

  private void read(String stream, InputStream in) {
    byte[] buffer = new byte[CHUNK];
    boolean wanted = true;
    try {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        long before = bytes.getAndAdd(n);
        int allowed = Math.clamp(request.maxOutput() - before, 0, n);
        truncated |= allowed < n;
        if (wanted && allowed > 0) {
          wanted = outbox.put(new Event.Output(stream, Arrays.copyOf(buffer, allowed)));
        }
      }
      drained.countDown();
    } catch (IOException e) {
      outbox.end(new Event.Lost("the connection to the target broke"));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// Both streams first, then the status: in any other order output would be lost.
  private void awaitExit() {
    try {
      // Bounded by the deadline: it stops the command, and giving up ends the outbox.
      long limit = request.timeout().plus(grace).plus(LAST_WORD).plus(LAST_WORD).toMillis();
      if (!drained.await(limit, TimeUnit.MILLISECONDS)) {
        return;
      }
      try {
        command.join(LAST_WORD.toMillis(), TimeUnit.MILLISECONDS);
      } catch (ConnectionException e) {
        // No close came in time; the status may have come all the same.
      }
      if (command.getExitStatus() == null && command.getExitSignal() == null) {
        outbox.end(new Event.Lost("the channel closed without an exit status"));
      } else {
        outbox.end(new Event.Exit(ending(false)));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private Ending ending(boolean unheard) {
    @Nullable Integer code = command.getExitStatus();
    @Nullable Signal signal = command.getExitSignal();
    return new Ending(
        code,
        signal == null ? null : signal.toString(),
        truncated,
        reason.name().toLowerCase(Locale.ROOT),
        unheard && code == null && signal == null);
  }

  /// Stops it if it still runs, and gives the place back: at once when the channel is closed, else
  /// when the stopping is over.
  @Override
  public void close() {
    deadline.cancel();
    outbox.abandon();
    if (command.getExitStatus() != null || command.getExitSignal() != null || reallyOver()) {
      release();
      return;
    }
    boolean _ = stop(Reason.CANCELLED);
    start("release", this::releaseWhenStopped);
  }

  private boolean reallyOver() {
    return !session.isOpen();
  }

  private void releaseWhenStopped() {
    try {
      boolean ended = drained.await(grace.plus(LAST_WORD).toMillis(), TimeUnit.MILLISECONDS);
      if (!ended) {
        lease.spoil();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      release();
    }
  }

  private void release() {
    over = true;
    if (session.isOpen()) {
      // Closing a channel waits for the other side; with a command that goes on, for 30 s.
      start(
          "close",
          () -> {
            try {
              session.close();
            } catch (IOException e) {
              lease.spoil();
            } finally {
              lease.close();
            }
          });
    } else {
      lease.close();
    }
  }
}
