package dev.multipod.udpecho;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetSocketAddress;
import java.nio.ByteOrder;

/// C's `struct sockaddr_in` and `sockaddr_in6`: the family in the machine's order, then the port
/// and the address in the network's.
final class SocketAddresses {
  /// Room for either kind.
  static final int BYTES = 28;

  private static final int IPV4_BYTES = 16;
  private static final ValueLayout.OfShort NET_SHORT =
      ValueLayout.JAVA_SHORT.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfInt NET_INT =
      ValueLayout.JAVA_INT.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfLong NET_LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  // An IPv4 address as an IPv6 socket sees it: ::ffff:a.b.c.d.
  private static final int MAPPED = 0xffff;

  private SocketAddresses() {}

  static MemorySegment allocate(Arena arena, InetSocketAddress address) {
    byte[] bytes = address.getAddress().getAddress();
    boolean six = bytes.length > Integer.BYTES;
    MemorySegment name = arena.allocate(six ? BYTES : IPV4_BYTES, 8);
    name.set(ValueLayout.JAVA_SHORT, 0, (short) (six ? CLibrary.AF_INET6 : CLibrary.AF_INET));
    name.set(NET_SHORT, 2, (short) address.getPort());
    MemorySegment.copy(bytes, 0, name, ValueLayout.JAVA_BYTE, six ? 8 : 4, bytes.length);
    return name;
  }

  static int port(MemorySegment names, long at) {
    return Short.toUnsignedInt(names.get(NET_SHORT, at + 2));
  }

  /// The number of a source, as [BatchSocket] has it.
  static long source(MemorySegment names, long at) {
    if (isSix(names, at) && !isMapped(names, at)) {
      return names.get(NET_LONG, at + 8);
    }
    return Integer.toUnsignedLong(ipv4(names, at));
  }

  /// Whether it is an unspecified, broadcast or multicast address.
  static boolean isGroup(MemorySegment names, long at) {
    if (isSix(names, at) && !isMapped(names, at)) {
      boolean multicast = names.get(ValueLayout.JAVA_BYTE, at + 8) == (byte) 0xff;
      return multicast || (names.get(NET_LONG, at + 8) == 0 && names.get(NET_LONG, at + 16) == 0);
    }
    int address = ipv4(names, at);
    return address == 0 || address == -1 || (address >>> 28) == 0xe;
  }

  private static boolean isSix(MemorySegment names, long at) {
    return names.get(ValueLayout.JAVA_SHORT, at) == CLibrary.AF_INET6;
  }

  private static boolean isMapped(MemorySegment names, long at) {
    return names.get(NET_LONG, at + 8) == 0 && names.get(NET_INT, at + 16) == MAPPED;
  }

  private static int ipv4(MemorySegment names, long at) {
    return names.get(NET_INT, at + (isSix(names, at) ? 20 : 4));
  }
}
