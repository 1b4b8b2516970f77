package dev.multipod.ssh.target;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;

/// What proves us to a target. Only file names are held: the files are read when a connection is
/// made, so that a renewed secret counts at once.
public sealed interface Credential {
  /// A login by password.
  ///
  /// @param file the password; one line break at its end does not count
  record Password(Path file) implements Credential {}

  /// A login by key.
  ///
  /// @param file an OpenSSH or PKCS#8 private key
  /// @param passphrase a file with the passphrase of an encrypted one
  record PrivateKey(Path file, Optional<Path> passphrase) implements Credential {}

  /// Reads a secret. The caller clears it.
  static char[] read(Path file) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    CharBuffer text = StandardCharsets.UTF_8.decode(ByteBuffer.wrap(bytes));
    Arrays.fill(bytes, (byte) 0);
    int length = text.remaining();
    if (length > 0 && text.get(length - 1) == '\n') {
      length--;
    }
    if (length > 0 && text.get(length - 1) == '\r') {
      length--;
    }
    char[] secret = new char[length];
    text.get(secret);
    Arrays.fill(text.array(), '\0');
    return secret;
  }
}
