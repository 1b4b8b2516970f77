package dev.multipod.udpecho;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.BitSet;

/// Batches by `recvmmsg` and `sendmmsg`: one system call reads all that wait, up to a batch, and
/// one answers them.
final class ForeignBatchSocket implements BatchSocket {
  // Discard (RFC 863): nothing that we are connected to ever sends, so nothing more comes.
  private static final int NOBODY_PORT = 9;
  private static final int NAME_STRIDE = 32;

  private final CLibrary c;
  private final int descriptor;
  private final int batch;
  private final int slotSize;
  private final boolean six;
  private final MemorySegment names;
  private final MemorySegment data;
  private final ByteBuffer[] payloads;
  private final MessageHeaders incoming;
  private final MessageHeaders outgoing;
  private final BitSet dropped;
  private final int port;
  private int filled;
  private boolean closed;

  ForeignBatchSocket(SocketOptions options) throws IOException {
    this.batch = options.batch();
    this.slotSize = options.slotSize();
    this.six = options.address().getAddress() instanceof Inet6Address;
    this.dropped = new BitSet(batch);
    this.payloads = new ByteBuffer[batch];
    // Freed when this object is unreachable: a buffer can outlive the socket, never the memory.
    Arena arena = Arena.ofAuto();
    this.c = new CLibrary(arena);
    this.names = arena.allocate((long) NAME_STRIDE * batch, 8);
    this.data = arena.allocate((long) slotSize * batch, 64);
    this.incoming = new MessageHeaders(arena, batch);
    this.outgoing = new MessageHeaders(arena, batch);
    for (int i = 0; i < batch; i++) {
      payloads[i] = data.asSlice((long) slotSize * i, slotSize).asByteBuffer();
      incoming.set(i, nameAt(i), SocketAddresses.BYTES, dataAt(i), slotSize);
    }
    this.descriptor =
        CLibrary.orThrow("socket", c.socket(six ? CLibrary.AF_INET6 : CLibrary.AF_INET));
    try {
      if (options.sharedPort()) {
        option("SO_REUSEPORT", CLibrary.SO_REUSEPORT, 1);
      }
      option("SO_RCVBUF", CLibrary.SO_RCVBUF, options.receiveBuffer());
      option("SO_SNDBUF", CLibrary.SO_SNDBUF, options.sendBuffer());
      receiveTimeout(options.receiveTimeoutMillis());
      CLibrary.orThrow(
          "bind", c.bind(descriptor, SocketAddresses.allocate(arena, options.address())));
      this.port = boundPort();
    } catch (IOException | RuntimeException e) {
      close();
      throw e;
    }
  }

  @Override
  public int receive() throws IOException {
    for (int i = 0; i < filled; i++) {
      incoming.resetNameLength(i, SocketAddresses.BYTES);
    }
    dropped.clear();
    filled = 0;
    int received = c.recvmmsg(descriptor, incoming.from(0), batch, CLibrary.MSG_WAITFORONE);
    if (received < 0) {
      return switch (-received) {
        // The last is the answer of a host that we sent to, and says nothing of this socket.
        case CLibrary.EAGAIN, CLibrary.EINTR, CLibrary.ECONNREFUSED -> 0;
        default -> CLibrary.orThrow("recvmmsg", received);
      };
    }
    filled = received;
    for (int i = 0; i < received; i++) {
      payloads[i].clear().limit(Math.min(incoming.length(i), slotSize));
    }
    return received;
  }

  @Override
  public ByteBuffer payload(int slot) {
    return payloads[slot];
  }

  @Override
  public boolean truncated(int slot) {
    return (incoming.flags(slot) & CLibrary.MSG_TRUNC) != 0;
  }

  @Override
  public int sourcePort(int slot) {
    return SocketAddresses.port(names, (long) NAME_STRIDE * slot);
  }

  @Override
  public long source(int slot) {
    return SocketAddresses.source(names, (long) NAME_STRIDE * slot);
  }

  @Override
  public boolean fromGroup(int slot) {
    return SocketAddresses.isGroup(names, (long) NAME_STRIDE * slot);
  }

  @Override
  public void drop(int slot) {
    dropped.set(slot);
  }

  @Override
  public int reply() {
    int replies = 0;
    for (int i = dropped.nextClearBit(0); i < filled; i = dropped.nextClearBit(i + 1)) {
      outgoing.set(replies++, nameAt(i), incoming.nameLength(i), dataAt(i), payloads[i].limit());
    }
    int sent = 0;
    int next = 0;
    while (next < replies) {
      int taken =
          c.sendmmsg(descriptor, outgoing.from(next), replies - next, CLibrary.MSG_DONTWAIT);
      if (taken > 0) {
        sent += taken;
        next += taken;
      } else if (-taken == CLibrary.EAGAIN) {
        return sent;
      } else if (-taken != CLibrary.EINTR) {
        // It is the first that could not be sent: the others still can.
        next++;
      }
    }
    return sent;
  }

  @Override
  public int port() {
    return port;
  }

  private int boundPort() throws IOException {
    try (Arena call = Arena.ofConfined()) {
      MemorySegment name = call.allocate(SocketAddresses.BYTES, 8);
      MemorySegment length = call.allocateFrom(ValueLayout.JAVA_INT, SocketAddresses.BYTES);
      CLibrary.orThrow("getsockname", c.getsockname(descriptor, name, length));
      return SocketAddresses.port(name, 0);
    }
  }

  /// Connects to nobody: the kernel gives a connected socket only what its peer sends.
  @Override
  public boolean turnAway() throws IOException {
    try (Arena call = Arena.ofConfined()) {
      InetAddress loopback = InetAddress.getByName(six ? "::1" : "127.0.0.1");
      InetSocketAddress nobody = new InetSocketAddress(loopback, NOBODY_PORT);
      return c.connect(descriptor, SocketAddresses.allocate(call, nobody)) >= 0;
    }
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      c.close(descriptor);
    }
  }

  private long nameAt(int slot) {
    return names.address() + (long) NAME_STRIDE * slot;
  }

  private long dataAt(int slot) {
    return data.address() + (long) slotSize * slot;
  }

  private void option(String what, int option, int value) throws IOException {
    try (Arena call = Arena.ofConfined()) {
      CLibrary.orThrow(
          what, c.setsockopt(descriptor, option, call.allocateFrom(ValueLayout.JAVA_INT, value)));
    }
  }

  private void receiveTimeout(int millis) throws IOException {
    try (Arena call = Arena.ofConfined()) {
      // struct timeval: seconds, microseconds.
      MemorySegment time =
          call.allocateFrom(
              ValueLayout.JAVA_LONG, millis / 1000, Math.multiplyExact(millis % 1000, 1000L));
      CLibrary.orThrow("SO_RCVTIMEO", c.setsockopt(descriptor, CLibrary.SO_RCVTIMEO, time));
    }
  }
}
