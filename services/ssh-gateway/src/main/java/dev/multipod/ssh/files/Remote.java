package dev.multipod.ssh.files;

import dev.multipod.kit.problem.Problem;
import dev.multipod.ssh.SshSettings;
import dev.multipod.ssh.connect.Connections;
import dev.multipod.ssh.connect.Lease;
import dev.multipod.ssh.connect.Timer;
import dev.multipod.ssh.target.Target;
import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import net.schmizz.sshj.sftp.FileAttributes;
import net.schmizz.sshj.sftp.FileMode;
import net.schmizz.sshj.sftp.Response.StatusCode;
import net.schmizz.sshj.sftp.SFTPClient;
import net.schmizz.sshj.sftp.SFTPException;

/// One SFTP session at a target, and what its errors mean to a caller.
final class Remote implements AutoCloseable {
  private final Lease lease;
  private final SFTPClient files;
  private final Timer timer;
  private volatile boolean broken;

  private Remote(Lease lease, SFTPClient files, Timer timer) {
    this.lease = lease;
    this.files = files;
    this.timer = timer;
  }

  /// @throws Problem why there is no session
  static Remote open(
      Connections connections, Target target, SshSettings.Files settings, Timer timer)
      throws InterruptedException {
    Connections.Opened<SFTPClient> opened = connections.openFiles(target);
    opened.channel().getSFTPEngine().setTimeoutMs((int) settings.stall().toMillis());
    return new Remote(opened.lease(), opened.channel(), timer);
  }

  SFTPClient files() {
    return files;
  }

  String fingerprint() {
    return lease.fingerprint();
  }

  /// The attributes of a file, links followed.
  Optional<FileAttributes> find(String path) {
    try {
      return Optional.of(files.stat(path));
    } catch (SFTPException e) {
      if (e.getStatusCode() == StatusCode.NO_SUCH_FILE) {
        return Optional.empty();
      }
      throw problem(e, path);
    } catch (IOException e) {
      throw problem(e, path);
    }
  }

  /// The attributes of a regular file.
  ///
  /// @throws Problem 404 `no-such-file`, 409 `not-a-file`
  FileAttributes requireFile(String path) {
    FileAttributes attributes = find(path).orElseThrow(() -> missing(path));
    requireRegular(attributes, path);
    return attributes;
  }

  static void requireRegular(FileAttributes attributes, String path) {
    if (attributes.getMode().getType() != FileMode.Type.REGULAR) {
      throw Problem.of(
              409,
              "not-a-file",
              "The path is not a regular file",
              "It is a directory or something else without contents of its own.")
          .with("path", path);
    }
  }

  /// What a failure means: the server's refusal is the caller's to solve, anything else broke.
  Problem problem(IOException failure, String path) {
    StatusCode status =
        failure instanceof SFTPException refused ? refused.getStatusCode() : StatusCode.UNKNOWN;
    if (status == StatusCode.NO_SUCH_FILE || status == StatusCode.NO_SUCH_PATH) {
      return missing(path);
    }
    if (status == StatusCode.PERMISSION_DENIED) {
      return Problem.of(
              409,
              "file-denied",
              "The target's user may not do this with the file",
              "Its permissions at the target forbid it; the gateway logs in as the target's user.")
          .with("path", path);
    }
    if (status == StatusCode.FAILURE
        || status == StatusCode.NO_SPACE_ON_FILESYSTEM
        || status == StatusCode.QUOTA_EXCEEDED
        || status == StatusCode.OP_UNSUPPORTED) {
      return Problem.of(
              502,
              "file-failed",
              "The SSH server could not do this",
              "It answered %s. A full disk, a quota or a file in the way are usual reasons; nothing"
                      .formatted(status)
                  + " was left behind.")
          .with("path", path);
    }
    broken = true;
    return Problem.of(
            502,
            "connection-lost",
            "The connection to the target broke",
            "Nothing was left behind that another try would meet. Retry.")
        .with("path", path);
  }

  private static Problem missing(String path) {
    return Problem.of(
            404,
            "no-such-file",
            "There is no such file at the target",
            "Paths are the server's; a relative one begins where its user logs in.")
        .with("path", path);
  }

  /// What sshj means by it: when a connection breaks in the middle of a packet, the buffer of its
  /// channel stays without the room that a packet's head needs, and every later write runs over.
  static IOException broken(IndexOutOfBoundsException failure) {
    return new IOException("the connection broke in the middle of a packet", failure);
  }

  /// Says that the session can be in any state: the connection is not used again.
  void spoil() {
    broken = true;
  }

  /// Gives the place back. Closing waits for the server's word, so it is watched by the clock.
  @Override
  public void close() {
    if (broken) {
      lease.spoil();
    }
    Timer.Appointment watchdog = timer.in(Duration.ofSeconds(2), lease::spoil);
    try {
      files.close();
    } catch (IOException | IndexOutOfBoundsException e) {
      lease.spoil();
    } finally {
      watchdog.cancel();
      lease.close();
    }
  }

  /// For a part whose failure is told already. Not by try-with-resources: on a broken connection
  /// sshj throws the same exception object from every call, and Java refuses to add it to itself.
  static void closeQuietly(Closeable part) {
    try {
      part.close();
    } catch (IOException | IndexOutOfBoundsException e) {
      // What the caller should know is the first failure.
    }
  }
}
