package dev.multipod.tcpecho;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/// One file descriptor kept for the moment when there is none left: without it, connections that
/// cannot be accepted would wait in the kernel's queue unanswered. Not thread-safe.
final class SpareDescriptor implements AutoCloseable {
  private static final Logger LOG = Logger.getLogger(SpareDescriptor.class);
  private static final Path ANY_FILE = Path.of("/dev/null");

  private @Nullable FileChannel held;

  SpareDescriptor() {
    take();
  }

  /// Takes a descriptor again after [#close] gave it up. That somebody else was faster is no error:
  /// then there is none to give up the next time, and it is taken after that.
  void take() {
    try {
      held = FileChannel.open(ANY_FILE);
    } catch (IOException e) {
      held = null;
    }
  }

  /// Gives it up.
  @Override
  public void close() {
    FileChannel file = held;
    held = null;
    if (file != null) {
      try {
        file.close();
      } catch (IOException e) {
        LOG.debugf("event=spare-descriptor-close cause=%s", e.getMessage());
      }
    }
  }
}
