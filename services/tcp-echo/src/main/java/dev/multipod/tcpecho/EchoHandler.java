package dev.multipod.tcpecho;

import dev.multipod.echo.Upper;
import dev.multipod.tcpecho.TcpCounters.Reason;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jboss.logging.Logger;

/// One connection. Upper-cases each received buffer where it is and sends that same buffer back.
/// While the client does not take its replies, nothing more is read from it. At its end of file it
/// gets what it is still owed, and is closed. Confined to the connection's event loop.
final class EchoHandler extends ChannelInboundHandlerAdapter {
  private static final Logger LOG = Logger.getLogger(EchoHandler.class);

  private final Channel channel;
  private final LoopConnections connections;
  private final TcpCounters counters;
  private int batchBytes;
  private boolean readSinceLook = true;
  private long lastRead;
  private long owed;
  private long owedProgress;
  private long lastWrite;
  private boolean discarding;

  EchoHandler(Channel channel, LoopConnections connections, TcpCounters counters) {
    this.channel = channel;
    this.connections = connections;
    this.counters = counters;
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    long now = System.nanoTime();
    lastRead = now;
    lastWrite = now;
    connections.add(this);
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    connections.remove(this);
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (discarding) {
      ReferenceCountUtil.release(message);
      return;
    }
    ByteBuf bytes = (ByteBuf) message;
    int length = bytes.readableBytes();
    // Not a copy: the view of the buffer's own memory that Netty keeps for itself.
    ByteBuffer memory = bytes.internalNioBuffer(bytes.readerIndex(), length);
    Upper.inPlace(memory, memory.position(), memory.limit());
    batchBytes += length;
    var _ = ctx.write(bytes, ctx.voidPromise());
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    if (batchBytes > 0) {
      counters.received.add(batchBytes);
      counters.reads.increment();
      batchBytes = 0;
      readSinceLook = true;
      ctx.flush();
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    channel.config().setAutoRead(discarding || channel.isWritable());
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event == ChannelInputShutdownEvent.INSTANCE) {
      var _ = ctx.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (cause instanceof IOException) {
      if (channel.isOpen()) {
        counters.cut(Reason.RESET);
      }
    } else {
      LOG.errorf(cause, "event=connection-failed remote=%s", channel.remoteAddress());
    }
    var _ = ctx.close();
  }

  /// Closes the connection if it was idle, or took no reply, for too long.
  void look(long now, long idleNanos, long stallNanos) {
    if (readSinceLook) {
      readSinceLook = false;
      lastRead = now;
    }
    ChannelOutboundBuffer replies = channel.unsafe().outboundBuffer();
    long nowOwed = replies == null ? 0 : replies.totalPendingWriteBytes();
    long progress = replies == null ? 0 : replies.currentProgress();
    if (nowOwed == 0 || nowOwed != owed || progress != owedProgress) {
      lastWrite = now;
    }
    owed = nowOwed;
    owedProgress = progress;
    if (nowOwed > 0) {
      if (now - lastWrite >= stallNanos) {
        reset(Reason.WRITE_STALL);
      }
    } else if (now - lastRead >= idleNanos) {
      counters.cut(Reason.IDLE);
      var _ = channel.close();
    }
  }

  /// Ends a connection whose client has not: replies to all that was read, sends end of file, and
  /// then only discards. Closing with unread bytes would reset it, and lose replies on their way.
  void finish() {
    if (discarding || !channel.isActive()) {
      return;
    }
    counters.cut(Reason.DRAIN);
    discarding = true;
    channel.config().setAutoRead(true);
    var _ = channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(_ -> shutdownOutput());
  }

  private void shutdownOutput() {
    var _ = ((DuplexChannel) channel).shutdownOutput();
  }

  private void reset(Reason reason) {
    counters.cut(reason);
    channel.config().setOption(ChannelOption.SO_LINGER, 0);
    var _ = channel.close();
  }
}
