package dev.multipod.ssh.connect;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicBoolean;
import net.schmizz.sshj.connection.channel.direct.Session;
import net.schmizz.sshj.sftp.SFTPClient;

/// A place on a connection, for one command or one transfer. Whoever acquired it closes it.
public final class Lease implements AutoCloseable {
  private final PooledConnection connection;
  private final Runnable spoil;
  private final Runnable release;
  private final AtomicBoolean open = new AtomicBoolean(true);

  Lease(PooledConnection connection, Runnable spoil, Runnable release) {
    this.connection = connection;
    this.spoil = spoil;
    this.release = release;
  }

  /// Of the host key that the server showed.
  public String fingerprint() {
    return connection.fingerprint();
  }

  Session openSession() throws IOException {
    return connection.openSession();
  }

  SFTPClient openFiles() throws IOException {
    return connection.openFiles();
  }

  /// Says that a channel of it hangs: nobody gets this connection any more, and it is closed with
  /// its last lease, which frees whatever waits on it.
  public void spoil() {
    spoil.run();
  }

  @Override
  public void close() {
    if (open.compareAndSet(true, false)) {
      release.run();
    }
  }
}
