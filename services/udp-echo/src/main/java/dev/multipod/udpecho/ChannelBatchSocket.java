package dev.multipod.udpecho;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Batches of one, by the JDK's `DatagramChannel`. Works everywhere.
final class ChannelBatchSocket implements BatchSocket {
  private final DatagramChannel channel;
  private final Selector selector;
  private final int timeoutMillis;
  private final int slotSize;
  // One byte more than a slot tells a datagram that is too large from one that just fits.
  private final ByteBuffer bytes;
  private @Nullable InetSocketAddress from;
  private final int port;
  private boolean dropped;

  ChannelBatchSocket(SocketOptions options) throws IOException {
    this.slotSize = options.slotSize();
    this.timeoutMillis = options.receiveTimeoutMillis();
    this.bytes = ByteBuffer.allocateDirect(slotSize + 1);
    boolean six = options.address().getAddress() instanceof Inet6Address;
    this.channel =
        DatagramChannel.open(six ? StandardProtocolFamily.INET6 : StandardProtocolFamily.INET);
    try {
      if (options.sharedPort()) {
        channel.setOption(StandardSocketOptions.SO_REUSEPORT, true);
      }
      channel.setOption(StandardSocketOptions.SO_RCVBUF, options.receiveBuffer());
      channel.setOption(StandardSocketOptions.SO_SNDBUF, options.sendBuffer());
      channel.bind(options.address());
      this.port = ((InetSocketAddress) channel.getLocalAddress()).getPort();
      channel.configureBlocking(false);
      this.selector = Selector.open();
      channel.register(selector, SelectionKey.OP_READ);
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  @Override
  public int receive() throws IOException {
    dropped = false;
    bytes.clear();
    from = (InetSocketAddress) channel.receive(bytes);
    if (from == null) {
      selector.select(timeoutMillis);
      selector.selectedKeys().clear();
      from = (InetSocketAddress) channel.receive(bytes);
    }
    bytes.flip();
    return from == null ? 0 : 1;
  }

  @Override
  public ByteBuffer payload(int slot) {
    return bytes;
  }

  @Override
  public boolean truncated(int slot) {
    return bytes.limit() > slotSize;
  }

  @Override
  public int sourcePort(int slot) {
    return sender().getPort();
  }

  @Override
  public long source(int slot) {
    ByteBuffer address = ByteBuffer.wrap(sender().getAddress().getAddress());
    return address.remaining() == Integer.BYTES
        ? Integer.toUnsignedLong(address.getInt())
        : address.getLong();
  }

  @Override
  public boolean fromGroup(int slot) {
    InetAddress address = sender().getAddress();
    return address.isAnyLocalAddress()
        || address.isMulticastAddress()
        || (address.getAddress().length == Integer.BYTES && source(slot) == 0xffff_ffffL);
  }

  @Override
  public void drop(int slot) {
    dropped = true;
  }

  @Override
  public int reply() throws IOException {
    if (dropped) {
      return 0;
    }
    int length = bytes.limit();
    bytes.position(0);
    // An empty datagram that the kernel did not take looks sent; nothing tells the two apart.
    return channel.send(bytes, sender()) == length ? 1 : 0;
  }

  @Override
  public int port() {
    return port;
  }

  /// The JDK throws away what is queued when a channel is connected, which is worse than sharing.
  @Override
  public boolean turnAway() {
    return false;
  }

  @Override
  public void close() {
    try (selector;
        channel) {
      dropped = true;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private InetSocketAddress sender() {
    return Objects.requireNonNull(from, "no datagram was received");
  }
}
