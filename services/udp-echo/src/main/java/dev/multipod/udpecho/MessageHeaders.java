package dev.multipod.udpecho;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// An array of C's `struct mmsghdr`, one for each slot, on Linux' 64-bit ABI:
///
/// ```
///  0 void*  msg_name      8 u32 msg_namelen
/// 16 iovec* msg_iov      24 u64 msg_iovlen
/// 32 void*  msg_control  40 u64 msg_controllen
/// 48 int    msg_flags    56 u32 msg_len (of mmsghdr)    64 bytes in all
/// ```
final class MessageHeaders {
  private static final long BYTES = 64;
  private static final long IOVEC_BYTES = 16;

  private final MemorySegment headers;
  private final MemorySegment vectors;

  MessageHeaders(Arena arena, int count) {
    this.headers = arena.allocate(BYTES * count, 8);
    this.vectors = arena.allocate(IOVEC_BYTES * count, 8);
    for (int i = 0; i < count; i++) {
      headers.set(
          ValueLayout.ADDRESS, BYTES * i + 16, vectors.asSlice(IOVEC_BYTES * i, IOVEC_BYTES));
      headers.set(ValueLayout.JAVA_LONG, BYTES * i + 24, 1);
    }
  }

  MemorySegment from(int index) {
    return index == 0 ? headers : headers.asSlice(BYTES * index);
  }

  /// @param name where the address is, in C's memory, which whoever calls keeps alive
  /// @param data where the payload is, likewise
  void set(int index, long name, int nameLength, long data, long dataLength) {
    headers.set(ValueLayout.JAVA_LONG, BYTES * index, name);
    headers.set(ValueLayout.JAVA_INT, BYTES * index + 8, nameLength);
    vectors.set(ValueLayout.JAVA_LONG, IOVEC_BYTES * index, data);
    vectors.set(ValueLayout.JAVA_LONG, IOVEC_BYTES * index + 8, dataLength);
  }

  /// Before the kernel fills a header again: how long an address it may write.
  void resetNameLength(int index, int nameLength) {
    headers.set(ValueLayout.JAVA_INT, BYTES * index + 8, nameLength);
  }

  int nameLength(int index) {
    return headers.get(ValueLayout.JAVA_INT, BYTES * index + 8);
  }

  int flags(int index) {
    return headers.get(ValueLayout.JAVA_INT, BYTES * index + 48);
  }

  int length(int index) {
    return headers.get(ValueLayout.JAVA_INT, BYTES * index + 56);
  }
}
