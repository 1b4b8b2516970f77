package dev.multipod.udpecho;

import dev.multipod.echo.Upper;
import dev.multipod.udpecho.UdpCounters.Drop;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.IntPredicate;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/// One thread and its socket: read a batch, upper-case it in place, send it back. It ends only when
/// told to.
final class EchoLoop implements Runnable {
  private static final Logger LOG = Logger.getLogger(EchoLoop.class);
  private static final long FAILURE_PAUSE_NANOS = 10_000_000;

  private final BatchSocket socket;
  private final SourceLimits limits;
  private final UdpCounters counters;
  private final IntPredicate isOurs;
  private final Thread thread;
  private final long quietNanos;
  private final BooleanSupplier hasSibling;
  private volatile boolean stopping;
  private volatile boolean failing;
  private volatile long stopBy;

  /// @param isOurs whether a port is one that this service listens on
  /// @param hasSibling whether another process listens on the same port
  EchoLoop(
      String name,
      BatchSocket socket,
      SourceLimits limits,
      UdpCounters counters,
      IntPredicate isOurs,
      BooleanSupplier hasSibling,
      long quietNanos) {
    this.socket = socket;
    this.limits = limits;
    this.counters = counters;
    this.isOurs = isOurs;
    this.hasSibling = hasSibling;
    this.quietNanos = quietNanos;
    this.thread = Thread.ofPlatform().name(name).daemon().unstarted(this);
  }

  void start() {
    thread.start();
  }

  /// Whether datagrams are being read.
  boolean isServing() {
    return thread.isAlive() && !failing;
  }

  int port() {
    return socket.port();
  }

  /// Has it end when its port is quiet, or at the deadline of `System.nanoTime`.
  void stop(long deadline) {
    stopBy = deadline;
    stopping = true;
  }

  void join() throws InterruptedException {
    thread.join();
  }

  @Override
  public void run() {
    try (socket) {
      while (!stopping) {
        step();
      }
      drain();
    }
  }

  private void drain() {
    if (hasSibling.getAsBoolean()) {
      try {
        boolean away = socket.turnAway();
        LOG.debugf("event=turned-away done=%s", away);
      } catch (IOException e) {
        LOG.warnf("event=turn-away-failed cause=%s", e.getMessage());
      }
    }
    long quietSince = System.nanoTime();
    while (true) {
      boolean busy = step();
      long now = System.nanoTime();
      if (busy) {
        quietSince = now;
      }
      if (now - quietSince >= quietNanos || now - stopBy >= 0) {
        return;
      }
    }
  }

  private boolean step() {
    try {
      int received = socket.receive();
      failing = false;
      if (received > 0) {
        answer(received);
      }
      return received > 0;
    } catch (IOException e) {
      if (!failing) {
        LOG.errorf("event=receive-failed cause=%s", e.getMessage());
      }
      failing = true;
      // A socket that fails at once must not burn a processor.
      LockSupport.parkNanos(FAILURE_PAUSE_NANOS);
      return false;
    }
  }

  private void answer(int received) {
    long now = SourceLimits.now();
    long bytes = 0;
    int kept = 0;
    for (int slot = 0; slot < received; slot++) {
      ByteBuffer payload = socket.payload(slot);
      bytes += payload.limit();
      Drop reason = reasonToDrop(slot, now);
      if (reason == null) {
        Upper.inPlace(payload, 0, payload.limit());
        kept++;
      } else {
        socket.drop(slot);
        counters.dropped(reason, 1);
      }
    }
    int sent = 0;
    try {
      sent = socket.reply();
    } catch (IOException e) {
      LOG.debugf("event=send-failed cause=%s", e.getMessage());
    }
    counters.dropped(Drop.SEND, kept - sent);
    count(received, bytes, sent);
  }

  private @Nullable Drop reasonToDrop(int slot, long now) {
    if (socket.truncated(slot)) {
      return Drop.TRUNCATED;
    }
    int port = socket.sourcePort(slot);
    if (port == 0 || port == 7 || port == 19 || isOurs.test(port)) {
      return Drop.PORT;
    }
    if (socket.fromGroup(slot)) {
      return Drop.ADDRESS;
    }
    return switch (limits.take(socket.source(slot), now)) {
      case PASS -> null;
      case OVER_RATE -> Drop.RATE;
      case OVERFLOW -> Drop.OVERFLOW;
    };
  }

  private void count(int received, long bytes, int sent) {
    counters.batches.increment();
    counters.received.add(received);
    counters.receivedBytes.add(bytes);
    counters.replied.add(sent);
  }
}
