package dev.multipod.ssh.files;

import dev.multipod.kit.problem.Problem;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// SHA-256 of a body, as `Content-Digest` and `Repr-Digest` say it (RFC 9530).
final class Digests {
  private static final Pattern SHA_256 =
      Pattern.compile("(?:^|,)\\s*sha-256=:([A-Za-z0-9+/=]{44}):\\s*(?:,|$)");

  private Digests() {}

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /// What a header promises.
  ///
  /// @throws Problem 400 `digest-invalid`: a header without a readable `sha-256`, which would go
  ///   unchecked
  static Optional<byte[]> promised(@Nullable String header) {
    if (header == null) {
      return Optional.empty();
    }
    Matcher found = SHA_256.matcher(header);
    if (!found.find()) {
      throw Problem.of(
          400,
          "digest-invalid",
          "The digest cannot be checked",
          "Send 'Content-Digest: sha-256=:BASE64:' (RFC 9530), or no digest.");
    }
    return Optional.of(Base64.getDecoder().decode(found.group(1)));
  }

  static String header(byte[] digest) {
    return "sha-256=:" + Base64.getEncoder().encodeToString(digest) + ":";
  }
}
