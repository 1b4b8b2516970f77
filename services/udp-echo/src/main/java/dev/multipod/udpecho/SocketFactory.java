package dev.multipod.udpecho;

import dev.multipod.udpecho.UdpEchoSettings.SocketKind;
import java.io.IOException;
import org.jboss.logging.Logger;

/// Opens sockets of the kind that is set, or the better one that works here.
final class SocketFactory {
  private static final Logger LOG = Logger.getLogger(SocketFactory.class);

  private final SocketKind kind;

  SocketFactory(SocketKind wanted) {
    this.kind =
        switch (wanted) {
          case AUTO -> batchesWork() ? SocketKind.BATCH : SocketKind.CHANNEL;
          case BATCH, CHANNEL -> wanted;
        };
  }

  SocketKind kind() {
    return kind;
  }

  BatchSocket open(SocketOptions options) throws IOException {
    return kind == SocketKind.BATCH
        ? new ForeignBatchSocket(options)
        : new ChannelBatchSocket(options);
  }

  private static boolean batchesWork() {
    if (!CLibrary.isSupported()) {
      return false;
    }
    try {
      CLibrary.load();
      return true;
    } catch (LinkageError | IllegalCallerException e) {
      // Native access may be denied, or the C library be one without these calls.
      LOG.infof("event=no-batches cause=%s", e);
      return false;
    }
  }
}
