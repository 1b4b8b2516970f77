package dev.multipod.ssh.files;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import net.schmizz.sshj.sftp.RemoteFile;

/// Copies a part of a remote file, asking ahead.
final class Download {
  private static final int CHUNK = 32 << 10;
  private static final int IN_FLIGHT = 64;

  private Download() {}

  /// Copies exactly `length` bytes.
  ///
  /// @throws IOException the file became shorter, the target or the caller is gone: the answer must
  ///   break off, because its length was promised
  static void copy(RemoteFile file, long from, long length, OutputStream out) throws IOException {
    if (length == 0) {
      return;
    }
    try (InputStream in = file.new ReadAheadRemoteFileInputStream(IN_FLIGHT, from, length)) {
      byte[] chunk = new byte[CHUNK];
      long left = length;
      while (left > 0) {
        int n = in.read(chunk, 0, (int) Math.min(chunk.length, left));
        if (n < 0) {
          throw new IOException("the file became shorter while it was read");
        }
        out.write(chunk, 0, n);
        left -= n;
      }
    }
  }
}
