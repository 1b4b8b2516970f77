package dev.multipod.udpecho;

import java.io.IOException;
import java.nio.ByteBuffer;

/// A UDP socket read and answered in batches. Used by one thread; the slots of a batch are valid
/// until the next [#receive].
///
/// A source is named by a number: an IPv4 address is its 32 bits, an IPv6 address a hash of its
/// first 64 bits, since a host chooses the rest freely.
interface BatchSocket extends AutoCloseable {
  /// The largest datagram that IPv4 carries is 65,507 bytes: nothing real is cut.
  int LARGEST = 64 * 1024;

  /// Waits for datagrams, at most the receive time-out.
  ///
  /// @return how many slots are filled, 0 when the time was over
  int receive() throws IOException;

  /// The payload of a slot: from index 0 to its limit. Changed in place, it is the reply.
  ByteBuffer payload(int slot);

  /// Whether the datagram was larger than a slot.
  boolean truncated(int slot);

  int sourcePort(int slot);

  long source(int slot);

  /// Whether the source is an address that nothing can be sent to as to one host: unspecified,
  /// broadcast or multicast.
  boolean fromGroup(int slot);

  /// Leaves a slot of this batch without a reply.
  void drop(int slot);

  /// Sends every slot of this batch that was not dropped to where it came from. Never waits: what
  /// the kernel does not take at once is lost.
  ///
  /// @return how many were sent
  int reply() throws IOException;

  int port();

  /// Has the kernel give new datagrams to other sockets of the shared port, and this one only what
  /// it has queued already.
  ///
  /// @return whether it could; if not, new datagrams keep coming
  boolean turnAway() throws IOException;

  @Override
  void close();
}
