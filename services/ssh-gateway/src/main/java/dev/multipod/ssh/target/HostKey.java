package dev.multipod.ssh.target;

import dev.multipod.ssh.target.Targets.Invalid;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;

/// A public host key, as in a line of `known_hosts` or a `.pub` file.
///
/// @param type such as `ssh-ed25519`
/// @param blob the key in SSH's own encoding, base64
public record HostKey(String type, String blob) {
  static HostKey parse(String line) {
    String[] part = line.strip().split("\\s+", 3);
    if (part.length < 2) {
      throw new Invalid("a host key is a type and a base64 text: 'ssh-ed25519 AAAA…'");
    }
    try {
      ByteBuffer encoded = ByteBuffer.wrap(Base64.getDecoder().decode(part[1]));
      byte[] type = new byte[encoded.getInt()];
      encoded.get(type);
      if (!new String(type, StandardCharsets.US_ASCII).equals(part[0])) {
        throw new Invalid("a host key's text is not of the type before it: " + part[0]);
      }
    } catch (IllegalArgumentException
        | java.nio.BufferUnderflowException
        | NegativeArraySizeException e) {
      throw new Invalid("a host key's text is not base64 of a key: " + part[0]);
    }
    return new HostKey(part[0], part[1]);
  }

  /// What `ssh-keygen -l` prints: `SHA256:` and unpadded base64.
  public String fingerprint() {
    return fingerprint(Base64.getDecoder().decode(blob));
  }

  /// The same of a key in SSH's encoding.
  public static String fingerprint(byte[] encoded) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(encoded);
      return "SHA256:" + Base64.getEncoder().withoutPadding().encodeToString(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
