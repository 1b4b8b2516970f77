package dev.multipod.udpecho;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

/// The few calls of Linux' C library that batches need. Layouts and numbers are those of the 64-bit
/// ABI, the same on x86-64 and AArch64.
///
/// Every call returns what C returns, or the negated `errno`.
final class CLibrary {
  static final int AF_INET = 2;
  static final int AF_INET6 = 10;
  static final int SOCK_DGRAM_CLOEXEC = 2 | 0x80000;
  static final int SOL_SOCKET = 1;
  static final int SO_SNDBUF = 7;
  static final int SO_RCVBUF = 8;
  static final int SO_REUSEPORT = 15;
  static final int SO_RCVTIMEO = 20;
  static final int MSG_TRUNC = 0x20;
  static final int MSG_DONTWAIT = 0x40;
  static final int MSG_WAITFORONE = 0x10000;

  static final int EINTR = 4;
  static final int EAGAIN = 11;
  static final int ECONNREFUSED = 111;

  private static final Linker LINKER = Linker.nativeLinker();
  private static final SymbolLookup LIBRARY = LINKER.defaultLookup();
  private static final Linker.Option ERRNO = Linker.Option.captureCallState("errno");
  private static final VarHandle ERRNO_VALUE =
      Linker.Option.captureStateLayout().varHandle(MemoryLayout.PathElement.groupElement("errno"));

  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
  private static final MemoryLayout POINTER = ValueLayout.ADDRESS;

  private static final MethodHandle SOCKET = call("socket", INT, INT, INT);
  private static final MethodHandle SETSOCKOPT = call("setsockopt", INT, INT, INT, POINTER, INT);
  private static final MethodHandle BIND = call("bind", INT, POINTER, INT);
  private static final MethodHandle CONNECT = call("connect", INT, POINTER, INT);
  private static final MethodHandle GETSOCKNAME = call("getsockname", INT, POINTER, POINTER);
  private static final MethodHandle CLOSE = call("close", INT);
  private static final MethodHandle RECVMMSG = call("recvmmsg", INT, POINTER, INT, INT, POINTER);
  private static final MethodHandle SENDMMSG = call("sendmmsg", INT, POINTER, INT, INT);

  private final MemorySegment state;

  /// @param arena owns the place where `errno` is kept; one thread at a time
  CLibrary(Arena arena) {
    this.state = arena.allocate(Linker.Option.captureStateLayout());
  }

  /// Looks the calls up, all of them.
  ///
  /// @throws LinkageError one is missing
  static void load() {
    if (SENDMMSG.type().parameterCount() == 0) {
      throw new LinkageError("sendmmsg");
    }
  }

  /// Whether the calls and their layouts are known to hold here.
  static boolean isSupported() {
    String arch = System.getProperty("os.arch", "");
    return System.getProperty("os.name", "").equals("Linux")
        && (arch.equals("amd64") || arch.equals("aarch64"));
  }

  int socket(int family) {
    try {
      return result((int) SOCKET.invokeExact(state, family, SOCK_DGRAM_CLOEXEC, 0));
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  int setsockopt(int descriptor, int option, MemorySegment value) {
    try {
      return result(
          (int)
              SETSOCKOPT.invokeExact(
                  state, descriptor, SOL_SOCKET, option, value, (int) value.byteSize()));
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  int bind(int descriptor, MemorySegment address) {
    try {
      return result((int) BIND.invokeExact(state, descriptor, address, (int) address.byteSize()));
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  int connect(int descriptor, MemorySegment address) {
    try {
      return result(
          (int) CONNECT.invokeExact(state, descriptor, address, (int) address.byteSize()));
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  int getsockname(int descriptor, MemorySegment address, MemorySegment length) {
    try {
      return result((int) GETSOCKNAME.invokeExact(state, descriptor, address, length));
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  int close(int descriptor) {
    try {
      return result((int) CLOSE.invokeExact(state, descriptor));
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  int recvmmsg(int descriptor, MemorySegment messages, int count, int flags) {
    try {
      return result(
          (int)
              RECVMMSG.invokeExact(state, descriptor, messages, count, flags, MemorySegment.NULL));
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  int sendmmsg(int descriptor, MemorySegment messages, int count, int flags) {
    try {
      return result((int) SENDMMSG.invokeExact(state, descriptor, messages, count, flags));
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /// Checks the result of a call.
  static int orThrow(String call, int result) throws IOException {
    if (result < 0) {
      throw new IOException("%s failed with errno %d".formatted(call, -result));
    }
    return result;
  }

  private int result(int returned) {
    return returned >= 0 ? returned : -(int) ERRNO_VALUE.get(state, 0L);
  }

  // Restricted because a wrong layout would crash the JVM; all of them are above.
  @SuppressWarnings("restricted")
  private static MethodHandle call(String name, MemoryLayout... arguments) {
    return LINKER.downcallHandle(
        LIBRARY.findOrThrow(name), FunctionDescriptor.of(INT, arguments), ERRNO);
  }

  private static IllegalStateException unexpected(Throwable e) {
    return new IllegalStateException("a call into the C library could not be made", e);
  }
}
