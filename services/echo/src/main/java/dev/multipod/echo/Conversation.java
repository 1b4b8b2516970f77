package dev.multipod.echo;

import java.io.IOException;

/// An open raw socket to one replica. One thread at a time; whoever dialled closes it.
public interface Conversation extends AutoCloseable {
  /// Sends a message and waits for its reply.
  ///
  /// @return the reply, as many bytes as the message has
  /// @throws java.net.SocketTimeoutException when no reply comes in time
  byte[] exchange(byte[] message) throws IOException;

  @Override
  void close();
}
