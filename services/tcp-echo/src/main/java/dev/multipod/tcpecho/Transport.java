package dev.multipod.tcpecho;

import io.netty.channel.Channel;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.nio.NioChannelOption;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.channel.unix.Errors;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.net.StandardSocketOptions;
import java.util.function.Consumer;

/// The kind of socket that the event loops drive.
enum Transport {
  /// Linux epoll, by Netty's native library.
  EPOLL {
    @Override
    ServerChannel listener() {
      return new EpollServerSocketChannel();
    }

    @Override
    Channel unconnected() {
      return new EpollSocketChannel();
    }

    @Override
    void sharePort(ServerChannel listener) {
      listener.config().setOption(EpollChannelOption.SO_REUSEPORT, true);
    }

    @Override
    void acceptQueued(Channel listener, Consumer<Channel> child) throws IOException {
      Socket socket = (Socket) ((EpollServerSocketChannel) listener).fd();
      byte[] address = new byte[26];
      while (socket.isOpen()) {
        int descriptor;
        try {
          descriptor = socket.accept(address);
        } catch (Errors.NativeIoException e) {
          if (e.expectedErr() == Errors.ERRNO_ECONNRESET_NEGATIVE) {
            continue;
          }
          throw e;
        }
        if (descriptor < 0) {
          return;
        }
        child.accept(new EpollSocketChannel(descriptor));
      }
    }
  },

  /// The JDK's selector, on every machine.
  NIO {
    @Override
    ServerChannel listener() {
      return new NioServerSocketChannel();
    }

    @Override
    Channel unconnected() {
      return new NioSocketChannel();
    }

    @Override
    void sharePort(ServerChannel listener) {
      listener.config().setOption(NioChannelOption.of(StandardSocketOptions.SO_REUSEPORT), true);
    }

    @Override
    void acceptQueued(Channel listener, Consumer<Channel> child) {
      // The JDK's channel is Netty's own: its event loop accepts what is left until it is closed.
    }
  };

  abstract ServerChannel listener();

  /// A connection that is none yet.
  abstract Channel unconnected();

  /// Lets other processes listen on the same address; before binding.
  abstract void sharePort(ServerChannel listener);

  /// Accepts all that the kernel has queued. On the listener's event loop.
  ///
  /// @throws IOException the process is out of file descriptors
  abstract void acceptQueued(Channel listener, Consumer<Channel> child) throws IOException;
}
