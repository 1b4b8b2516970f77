package dev.multipod.ssh.connect;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.locks.ReentrantLock;
import net.schmizz.sshj.SSHClient;
import net.schmizz.sshj.connection.channel.direct.Session;
import net.schmizz.sshj.sftp.SFTPClient;

/// One connection and the channels on it. The counters are guarded by the pool's lock.
final class PooledConnection {
  /// How much a server may send ahead of what is read: what a slow caller costs in memory.
  private static final long EXEC_WINDOW = 2 << 20;

  /// The same for a transfer, where it limits the speed over a distance: 16 MiB each round trip.
  private static final long FILES_WINDOW = 16 << 20;

  private final SSHClient client;
  private final GuardedSocket socket;
  private final String fingerprint;
  private final ReentrantLock opening = new ReentrantLock();
  private int channels;
  private long unusedSince = System.nanoTime();
  private boolean retired;

  PooledConnection(Dialer.Connected connected) {
    this.client = connected.client();
    this.socket = connected.socket();
    this.fingerprint = connected.fingerprint();
  }

  String fingerprint() {
    return fingerprint;
  }

  int channels() {
    return channels;
  }

  boolean dead() {
    return retired || !client.isConnected() || socket.isClosed();
  }

  void taken() {
    channels++;
  }

  void released() {
    channels--;
    unusedSince = System.nanoTime();
    if (retired && channels == 0) {
      disconnect();
    }
  }

  void retire() {
    retired = true;
    if (channels == 0) {
      disconnect();
    }
  }

  void closeIfIdle(Duration idle) {
    if (channels == 0 && System.nanoTime() - unusedSince > idle.toNanos()) {
      retire();
    }
  }

  Session openSession() throws IOException {
    opening.lock();
    try {
      client.getConnection().setWindowSize(EXEC_WINDOW);
      return client.startSession();
    } finally {
      opening.unlock();
    }
  }

  SFTPClient openFiles() throws IOException {
    opening.lock();
    try {
      client.getConnection().setWindowSize(FILES_WINDOW);
      return client.newSFTPClient();
    } finally {
      opening.unlock();
    }
  }

  /// The goodbye may block on a dead peer, so it is said on a thread of its own.
  private void disconnect() {
    Thread.ofVirtual()
        .name("ssh-disconnect")
        .start(
            () -> {
              try {
                client.disconnect();
              } catch (IOException e) {
                // It was broken before.
              } finally {
                socket.closeQuietly();
              }
            });
  }
}
