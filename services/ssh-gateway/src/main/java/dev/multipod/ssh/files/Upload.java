package dev.multipod.ssh.files;

import dev.multipod.kit.problem.Problem;
import dev.multipod.ssh.SshSettings;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.MessageDigest;
import java.util.EnumSet;
import java.util.Optional;
import java.util.UUID;
import net.schmizz.sshj.sftp.FileAttributes;
import net.schmizz.sshj.sftp.OpenMode;
import net.schmizz.sshj.sftp.RemoteFile;
import net.schmizz.sshj.sftp.RenameFlags;
import net.schmizz.sshj.sftp.SFTPClient;

/// Puts a file as a whole or not at all: the bytes go to a part file beside it, which takes its
/// name when their number and digest are right.
final class Upload {
  /// What was put.
  ///
  /// @param replaced whether there was such a file before
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Done(boolean replaced, long size, byte[] sha256) {}

  private static final int CHUNK = 32 << 10;

  /// Chunks on their way: with one at a time, distance would decide the speed.
  private static final int IN_FLIGHT = 64;

  private final Remote remote;
  private final SFTPClient files;
  private final String path;
  private final long limit;

  Upload(Remote remote, String path, SshSettings.Files settings) {
    this.remote = remote;
    this.files = remote.files();
    this.path = path;
    this.limit = settings.maxSize().asLongValue();
  }

  /// @param expectedSize from `Content-Length`, or -1
  /// @param onlyNew whether an existing file is an error: 412 `file-exists`
  Done put(InputStream body, long expectedSize, Optional<byte[]> promised, boolean onlyNew) {
    if (expectedSize > limit) {
      throw tooLarge();
    }
    Optional<FileAttributes> before = remote.find(path);
    before.ifPresent(attributes -> Remote.requireRegular(attributes, path));
    if (onlyNew && before.isPresent()) {
      throw exists();
    }
    String part = partOf(path);
    boolean renamed = false;
    try {
      MessageDigest digest = Digests.sha256();
      long size = write(part, body, digest);
      byte[] sha256 = digest.digest();
      if (expectedSize >= 0 && size != expectedSize) {
        throw cutShort();
      }
      if (promised.isPresent() && !MessageDigest.isEqual(promised.get(), sha256)) {
        throw mismatch(sha256);
      }
      if (before.isPresent()) {
        files.setattr(
            part,
            new FileAttributes.Builder()
                .withPermissions(before.get().getMode().getPermissionsMask())
                .build());
      }
      rename(part, onlyNew);
      renamed = true;
      return new Done(before.isPresent(), size, sha256);
    } catch (IOException e) {
      throw remote.problem(e, path);
    } catch (IndexOutOfBoundsException e) {
      throw remote.problem(Remote.broken(e), path);
    } finally {
      if (!renamed) {
        remove(part);
      }
    }
  }

  private static String partOf(String path) {
    int slash = path.lastIndexOf('/');
    return path.substring(0, slash + 1) + ".part-" + UUID.randomUUID();
  }

  private long write(String part, InputStream body, MessageDigest digest) throws IOException {
    long size = 0;
    byte[] chunk = new byte[CHUNK];
    RemoteFile file = files.open(part, EnumSet.of(OpenMode.WRITE, OpenMode.CREAT, OpenMode.EXCL));
    OutputStream out = file.new RemoteFileOutputStream(0, IN_FLIGHT);
    boolean written = false;
    try {
      while (true) {
        int n = read(body, chunk);
        if (n <= 0) {
          break;
        }
        size += n;
        if (size > limit) {
          throw tooLarge();
        }
        digest.update(chunk, 0, n);
        out.write(chunk, 0, n);
      }
      out.close();
      file.close();
      written = true;
      return size;
    } finally {
      if (!written) {
        Remote.closeQuietly(out);
        Remote.closeQuietly(file);
      }
    }
  }

  /// Full chunks, whatever pieces the body comes in.
  private int read(InputStream body, byte[] chunk) {
    try {
      return body.readNBytes(chunk, 0, chunk.length);
    } catch (IOException e) {
      throw cutShort();
    }
  }

  /// An atomic replacement; or, for a new file, a rename that fails when there is one by now.
  private void rename(String part, boolean onlyNew) throws IOException {
    if (!onlyNew && files.getSFTPEngine().supportsServerExtension("posix-rename", "openssh.com")) {
      files.rename(part, path, EnumSet.of(RenameFlags.OVERWRITE));
      return;
    }
    try {
      files.rename(part, path);
    } catch (IOException e) {
      if (remote.find(path).isEmpty()) {
        throw e;
      }
      if (onlyNew) {
        throw exists();
      }
      throw Problem.of(
              409,
              "replace-not-atomic",
              "The SSH server cannot replace a file at once",
              "It lacks posix-rename@openssh.com. Remove the file first.")
          .with("path", path);
    }
  }

  private void remove(String part) {
    try {
      files.rm(part);
    } catch (IOException | IndexOutOfBoundsException e) {
      // It was never made, or the connection is gone and the part file stays: its name says what
      // it is.
      remote.spoil();
    }
  }

  private Problem tooLarge() {
    return Problem.of(
            413,
            "too-large",
            "The file is too large",
            "Nothing was kept. The limit is multipod.ssh.files.max-size.")
        .with("limit", limit);
  }

  private Problem exists() {
    return Problem.of(
            412,
            "file-exists",
            "There is such a file already",
            "'If-None-Match: *' asks for a new file. Leave it out to replace the file.")
        .with("path", path);
  }

  private Problem mismatch(byte[] sha256) {
    return Problem.of(
            422,
            "digest-mismatch",
            "The bytes are not those that the digest is of",
            "Nothing was kept. Send the file again, or its own digest.")
        .with("received", Digests.header(sha256));
  }

  private static Problem cutShort() {
    return Problem.of(
        400, "body-cut-short", "The body ended too early", "Nothing was kept. Send it again.");
  }
}
