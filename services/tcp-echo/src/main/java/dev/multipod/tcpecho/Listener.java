package dev.multipod.tcpecho;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.ServerChannel;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/// One listening socket. When its port cannot be had, it tries again each second, until closed.
final class Listener {
  private static final Logger LOG = Logger.getLogger(Listener.class);

  private final Transport transport;
  private final EventLoop loop;
  private final Acceptor acceptor;
  private final InetSocketAddress address;
  private final boolean shared;
  private final int backlog;
  private volatile @Nullable Channel bound;
  private volatile boolean closed;

  Listener(
      Transport transport,
      EventLoop loop,
      Acceptor acceptor,
      InetSocketAddress address,
      boolean shared,
      int backlog) {
    this.transport = transport;
    this.loop = loop;
    this.acceptor = acceptor;
    this.address = address;
    this.shared = shared;
    this.backlog = backlog;
  }

  /// Binds the port. Blocking, until it is bound or the first try failed.
  void open() {
    var _ = bind().awaitUninterruptibly();
  }

  boolean isBound() {
    Channel channel = bound;
    return channel != null && channel.isActive();
  }

  /// The port that is listened on, or the one that was asked for.
  int port() {
    Channel channel = bound;
    return channel != null && channel.localAddress() instanceof InetSocketAddress local
        ? local.getPort()
        : address.getPort();
  }

  /// Accepts all that is queued, then closes. Blocking. A listener that is closed with connections
  /// in its queue resets them.
  void close() {
    closed = true;
    Channel channel = bound;
    if (channel == null) {
      return;
    }
    var _ =
        loop.submit(
                () -> {
                  try {
                    transport.acceptQueued(channel, acceptor::take);
                  } catch (IOException e) {
                    LOG.warnf("event=accept-failed cause=%s", e.getMessage());
                  }
                  var _ = channel.close();
                })
            .awaitUninterruptibly();
    var _ = channel.closeFuture().awaitUninterruptibly();
  }

  private ChannelFuture bind() {
    ServerChannel channel = transport.listener();
    channel.config().setOption(ChannelOption.SO_REUSEADDR, true);
    channel.config().setOption(ChannelOption.SO_BACKLOG, backlog);
    if (shared) {
      transport.sharePort(channel);
    }
    channel.pipeline().addLast(acceptor);
    var _ = loop.register(channel).syncUninterruptibly();
    return channel
        .bind(address)
        .addListener(
            done -> {
              if (done.isSuccess()) {
                bound = channel;
                LOG.infof("event=listening address=%s shared=%s", channel.localAddress(), shared);
              } else {
                LOG.errorf(
                    "event=bind-failed address=%s cause=%s", address, done.cause().getMessage());
                var _ = channel.close();
                retry();
              }
            });
  }

  private void retry() {
    if (!closed) {
      var _ = loop.schedule(this::bindAgain, 1, TimeUnit.SECONDS);
    }
  }

  private void bindAgain() {
    if (!closed) {
      var _ = bind();
    }
  }
}
