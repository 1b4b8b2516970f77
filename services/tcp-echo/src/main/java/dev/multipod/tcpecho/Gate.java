package dev.multipod.tcpecho;

import dev.multipod.tcpecho.TcpCounters.Reason;
import io.netty.channel.Channel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.EventLoop;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/// Who may come in: so many connections, and so many from one address. When it is full, the
/// listeners pause and newcomers wait in the kernel's queue; after a grace they are let in only to
/// be reset, so that a client fails fast. Confined to the event loop of the listeners, but for the
/// questions [#open] and [#full].
final class Gate {
  private static final Logger LOG = Logger.getLogger(Gate.class);

  private enum State {
    OPEN,
    PAUSED,
    REFUSING
  }

  private final EventLoop loop;
  private final int limit;
  private final int limitPerAddress;
  private final long graceNanos;
  private final List<Channel> listeners = new ArrayList<>();
  private final Map<InetAddress, Integer> openByAddress = new HashMap<>();
  private volatile int open;
  private volatile State state = State.OPEN;
  private int pauses;

  Gate(EventLoop loop, int limit, TcpEchoSettings settings) {
    this.loop = loop;
    this.limit = limit;
    this.limitPerAddress = settings.maxConnectionsPerAddress();
    this.graceNanos = settings.fullGrace().toNanos();
  }

  int open() {
    return open;
  }

  int limit() {
    return limit;
  }

  boolean full() {
    return state != State.OPEN;
  }

  void add(Channel listener) {
    listeners.add(listener);
    listener.config().setAutoRead(state != State.PAUSED);
  }

  void remove(Channel listener) {
    listeners.remove(listener);
  }

  /// Takes a place for a connection, until [#leave]; or says why there is none.
  Optional<Reason> enter(InetAddress address) {
    if (open >= limit) {
      return Optional.of(Reason.FULL);
    }
    int ofAddress = openByAddress.getOrDefault(address, 0);
    if (ofAddress >= limitPerAddress) {
      return Optional.of(Reason.ADDRESS);
    }
    openByAddress.put(address, ofAddress + 1);
    setOpen(open + 1);
    if (open == limit) {
      LOG.warnf("event=full connections=%d", limit);
      pause();
    }
    return Optional.empty();
  }

  /// From any thread: gives the place back.
  void leave(InetAddress address) {
    if (!loop.inEventLoop()) {
      loop.execute(() -> leave(address));
      return;
    }
    openByAddress.computeIfPresent(address, (_, count) -> count == 1 ? null : count - 1);
    setOpen(open - 1);
    if (open < limit && state != State.OPEN) {
      LOG.infof("event=places-free connections=%d", open);
      state = State.OPEN;
      accept(true);
    }
  }

  /// Stops accepting for the grace, as when it is full.
  void pause() {
    if (state == State.PAUSED) {
      return;
    }
    state = State.PAUSED;
    accept(false);
    int pause = ++pauses;
    var _ = loop.schedule(() -> graceOver(pause), graceNanos, TimeUnit.NANOSECONDS);
  }

  private void graceOver(int pause) {
    if (state == State.PAUSED && pause == pauses) {
      state = open < limit ? State.OPEN : State.REFUSING;
      accept(true);
    }
  }

  private void accept(boolean on) {
    for (Channel listener : listeners) {
      ChannelConfig config = listener.config();
      config.setAutoRead(on);
    }
  }

  // Written by one thread only, so that a plain addition is enough.
  private void setOpen(int count) {
    open = count;
  }
}
