package dev.multipod.producer;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;

/// How an Idempotency-Key, and what a repeated one must match, are known here: 64 bits of their
/// SHA-256.
final class Print {
  private static final byte END = 0;

  // To be copied, which is faster than to look for the algorithm.
  private static final MessageDigest SHA_256 = sha256();

  private Print() {}

  static long of(String text) {
    MessageDigest digest = begin();
    digest.update(text.getBytes(StandardCharsets.UTF_8));
    return first64(digest);
  }

  /// @param parts texts without a NUL
  static long of(List<String> parts, byte[] body) {
    MessageDigest digest = begin();
    for (String part : parts) {
      digest.update(part.getBytes(StandardCharsets.UTF_8));
      digest.update(END);
    }
    // An empty part ends them: no body can pass for one.
    digest.update(END);
    digest.update(body);
    return first64(digest);
  }

  private static long first64(MessageDigest digest) {
    return ByteBuffer.wrap(digest.digest()).getLong();
  }

  private static MessageDigest begin() {
    try {
      return (MessageDigest) SHA_256.clone();
    } catch (CloneNotSupportedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
