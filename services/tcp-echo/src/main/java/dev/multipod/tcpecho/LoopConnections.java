package dev.multipod.tcpecho;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/// The connections of one event loop, confined to it. Looks over all of them now and then, so that
/// a time-out costs a message nothing.
final class LoopConnections {
  private static final long LONGEST_PAUSE = TimeUnit.SECONDS.toNanos(1);

  private final EventLoop loop;
  private final Set<EchoHandler> open = new HashSet<>();
  private final ScheduledFuture<?> looks;

  LoopConnections(EventLoop loop, TcpEchoSettings settings) {
    this.loop = loop;
    long idle = settings.idleTimeout().toNanos();
    long stall = settings.writeStallTimeout().toNanos();
    long pause = Math.clamp(Math.min(idle, stall) / 8, 1_000_000L, LONGEST_PAUSE);
    this.looks =
        loop.scheduleWithFixedDelay(() -> look(idle, stall), pause, pause, TimeUnit.NANOSECONDS);
  }

  EventLoop loop() {
    return loop;
  }

  void add(EchoHandler connection) {
    open.add(connection);
  }

  void remove(EchoHandler connection) {
    open.remove(connection);
  }

  /// From any thread: has the loop do something to each connection.
  void forEach(Consumer<EchoHandler> action) {
    loop.execute(() -> copy().forEach(action));
  }

  /// Stops looking; the connections stay.
  void close() {
    looks.cancel(false);
  }

  private void look(long idle, long stall) {
    long now = System.nanoTime();
    for (EchoHandler connection : copy()) {
      connection.look(now, idle, stall);
    }
  }

  // Closing a connection removes it from the set at once.
  private List<EchoHandler> copy() {
    return new ArrayList<>(open);
  }
}
