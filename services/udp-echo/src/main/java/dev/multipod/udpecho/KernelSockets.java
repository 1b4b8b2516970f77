package dev.multipod.udpecho;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// The UDP sockets of this network namespace, as Linux lists them in `/proc/net/udp` and `udp6`.
/// Elsewhere there are none to see.
final class KernelSockets {
  private static final List<Path> TABLES =
      List.of(Path.of("/proc/net/udp"), Path.of("/proc/net/udp6"));

  private static final Path DESCRIPTORS = Path.of("/proc/self/fd");
  private static final int LOCAL_ADDRESS = 1;
  private static final int INODE = 9;
  private static final int DROPS = 12;

  private KernelSockets() {}

  /// The sockets bound to one port.
  ///
  /// @param others how many belong to other processes
  /// @param drops datagrams that found the queue of one of ours full
  record OnPort(int others, long drops) {}

  static OnPort onPort(int port) {
    Set<String> ours = ourInodes();
    int others = 0;
    long drops = 0;
    for (Path table : TABLES) {
      for (String line : lines(table)) {
        String[] column = line.strip().split(" +", -1);
        if (column.length <= DROPS || localPort(column[LOCAL_ADDRESS]) != port) {
          continue;
        }
        if (ours.contains(column[INODE])) {
          drops += Long.parseLong(column[DROPS]);
        } else {
          others++;
        }
      }
    }
    return new OnPort(others, drops);
  }

  // "0100007F:232F": the address and the port, in hexadecimal; -1 for the heading.
  private static int localPort(String address) {
    int colon = address.lastIndexOf(':');
    return colon < 0 ? -1 : Integer.parseInt(address, colon + 1, address.length(), 16);
  }

  // A socket's descriptor is a link to "socket:[12345]".
  private static Set<String> ourInodes() {
    Set<String> inodes = new HashSet<>();
    try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(DESCRIPTORS)) {
      for (Path descriptor : descriptors) {
        inode(descriptor).ifPresent(inodes::add);
      }
    } catch (IOException e) {
      return Set.of();
    }
    return inodes;
  }

  private static Optional<String> inode(Path descriptor) {
    try {
      String target = Files.readSymbolicLink(descriptor).toString();
      return target.startsWith("socket:[")
          ? Optional.of(target.substring(8, target.length() - 1))
          : Optional.empty();
    } catch (IOException e) {
      // Closed since it was listed.
      return Optional.empty();
    }
  }

  private static List<String> lines(Path table) {
    try {
      return Files.readAllLines(table);
    } catch (IOException e) {
      return List.of();
    }
  }
}
