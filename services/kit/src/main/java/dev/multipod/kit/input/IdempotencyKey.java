package dev.multipod.kit.input;

import dev.multipod.kit.problem.Problem;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The key by which a retried POST is known to be the same one. Format and errors follow the IETF
/// draft "The Idempotency-Key HTTP Header Field"; the surrounding quotes of a structured string are
/// optional.
///
/// @param value 1 to 128 visible ASCII characters
public record IdempotencyKey(String value) {
  /// The request header.
  public static final String HEADER = "Idempotency-Key";

  /// Set to `true` on an answer that repeats an earlier one.
  public static final String REPLAYED = "Idempotency-Replayed";

  private static final Pattern ALLOWED = Pattern.compile("[\\x21-\\x7e]{1,128}");

  /// Reads the header.
  ///
  /// @throws Problem 400 `idempotency-key-missing` or `idempotency-key-invalid`
  public static IdempotencyKey require(@Nullable String header) {
    if (header == null || header.isBlank()) {
      throw Problem.of(
          400,
          "idempotency-key-missing",
          "This call needs an Idempotency-Key",
          "Send 'Idempotency-Key: ' and a value of your own, such as a UUID, and the same value"
              + " when you retry.");
    }
    String value = header.strip();
    if (value.length() > 2 && value.startsWith("\"") && value.endsWith("\"")) {
      value = value.substring(1, value.length() - 1);
    }
    if (!ALLOWED.matcher(value).matches()) {
      throw Problem.of(
          400,
          "idempotency-key-invalid",
          "The Idempotency-Key cannot be used",
          "An Idempotency-Key is 1 to 128 visible ASCII characters.");
    }
    return new IdempotencyKey(value);
  }

  /// What a reused key must match: a SHA-256 over the parts of the request, in hex.
  public static String fingerprint(String... parts) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (String part : parts) {
        digest.update(part.getBytes(StandardCharsets.UTF_8));
        digest.update((byte) 0);
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /// The problem of a key that came before with another request.
  public static Problem reused() {
    return Problem.of(
        422,
        "idempotency-key-reused",
        "The Idempotency-Key was used for another request",
        "Use a new key for a new request; send the same body when you retry.");
  }
}
