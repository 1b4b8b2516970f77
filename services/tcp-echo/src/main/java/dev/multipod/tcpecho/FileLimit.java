package dev.multipod.tcpecho;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;

/// How many file descriptors this process may have.
final class FileLimit {
  private FileLimit() {}

  /// The most connections that leave `reserve` descriptors for everything else, at least one.
  static int connections(int wanted, int reserve) {
    if (ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix) {
      long room = Math.max(1, unix.getMaxFileDescriptorCount() - reserve);
      return (int) Math.min(wanted, room);
    }
    return wanted;
  }
}
