package dev.multipod.tcpecho;

import dev.multipod.tcpecho.TcpCounters.Reason;
import io.netty.channel.Channel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.group.ChannelGroup;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jboss.logging.Logger;

/// Takes new connections from a listener, past the gate, to an event loop. Confined to the event
/// loop of the listeners.
final class Acceptor extends ChannelInboundHandlerAdapter {
  private static final Logger LOG = Logger.getLogger(Acceptor.class);
  private static final WriteBufferWaterMark WATER_MARK =
      new WriteBufferWaterMark(32 * 1024, 64 * 1024);

  private final Transport transport;
  private final Gate gate;
  private final SpareDescriptor spare;
  private final List<LoopConnections> loops;
  private final ChannelGroup open;
  private final TcpCounters counters;
  private final int sendBuffer;
  private final int receiveBuffer;
  private final Consumer<Channel> refuseWaiting;
  private Iterator<LoopConnections> turn;

  Acceptor(
      Transport transport,
      Gate gate,
      SpareDescriptor spare,
      List<LoopConnections> loops,
      ChannelGroup open,
      TcpCounters counters,
      TcpEchoSettings settings) {
    this.transport = transport;
    this.gate = gate;
    this.spare = spare;
    this.loops = loops;
    this.open = open;
    this.counters = counters;
    this.sendBuffer = Math.toIntExact(settings.sendBuffer().asLongValue());
    this.receiveBuffer = Math.toIntExact(settings.receiveBuffer().asLongValue());
    this.refuseWaiting = child -> refuse(child, Reason.DESCRIPTORS);
    this.turn = loops.iterator();
  }

  @Override
  public boolean isSharable() {
    return true;
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    rehearse(ctx.channel());
    gate.add(ctx.channel());
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    gate.remove(ctx.channel());
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    take((Channel) message);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (!(cause instanceof IOException)) {
      LOG.error("event=accept-failed", cause);
      return;
    }
    LOG.warnf("event=no-descriptor connections=%d cause=%s", gate.open(), cause.getMessage());
    gate.pause();
    acceptWithSpare(ctx.channel(), refuseWaiting);
  }

  /// Lets a connection in, or resets it.
  void take(Channel child) {
    InetAddress address =
        child.remoteAddress() instanceof InetSocketAddress remote
            ? remote.getAddress()
            : InetAddress.getLoopbackAddress();
    Optional<Reason> refusal = gate.enter(address);
    if (refusal.isPresent()) {
      refuse(child, refusal.get());
      return;
    }
    counters.accepted.increment();
    open.add(child);
    var _ = child.closeFuture().addListener(_ -> gate.leave(address));
    ChannelConfig config = child.config();
    config.setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
    config.setOption(ChannelOption.TCP_NODELAY, true);
    config.setOption(ChannelOption.SO_KEEPALIVE, true);
    config.setOption(ChannelOption.SO_SNDBUF, sendBuffer);
    config.setOption(ChannelOption.SO_RCVBUF, receiveBuffer);
    config.setWriteBufferWaterMark(WATER_MARK);
    LoopConnections connections = nextLoop();
    child.pipeline().addLast(new EchoHandler(child, connections, counters));
    var _ =
        connections
            .loop()
            .register(child)
            .addListener(
                registered -> {
                  if (!registered.isSuccess()) {
                    child.unsafe().closeForcibly();
                  }
                });
  }

  /// Loads every class that refusing without a descriptor needs: then, no jar can be opened.
  private void rehearse(Channel listener) {
    acceptWithSpare(listener, this::take);
    reset(transport.unconnected());
  }

  /// Gives the spare descriptor to those who wait, one after the other.
  private void acceptWithSpare(Channel listener, Consumer<Channel> child) {
    spare.close();
    try {
      transport.acceptQueued(listener, child);
    } catch (IOException e) {
      LOG.debugf("event=spare-descriptor-lost cause=%s", e.getMessage());
    } finally {
      spare.take();
    }
  }

  private void refuse(Channel child, Reason reason) {
    counters.cut(reason);
    reset(child);
  }

  private static void reset(Channel child) {
    child.config().setOption(ChannelOption.SO_LINGER, 0);
    child.unsafe().closeForcibly();
  }

  private LoopConnections nextLoop() {
    if (!turn.hasNext()) {
      turn = loops.iterator();
    }
    return turn.next();
  }
}
