package dev.multipod.ssh;

import io.smallrye.jwt.build.Jwt;
import java.math.BigInteger;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.security.interfaces.RSAPublicKey;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.Map;

/// Mints tokens, good ones and others.
final class Tokens {
  static final String ISSUER = "multipod-test";
  private static final String KEY_ID = "key-1";
  private static final KeyPair KEYS = keys();

  private Tokens() {}

  private static KeyPair keys() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
      generator.initialize(2048);
      return generator.generateKeyPair();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  static Map<String, String> settings() {
    return Map.of(
        "quarkus.oidc.public-key",
        Base64.getEncoder().encodeToString(KEYS.getPublic().getEncoded()),
        "quarkus.oidc.token.issuer",
        ISSUER);
  }

  /// The public key as an issuer publishes it (RFC 7517).
  static String keySet() {
    RSAPublicKey key = (RSAPublicKey) KEYS.getPublic();
    Base64.Encoder base64 = Base64.getUrlEncoder().withoutPadding();
    return "{\"keys\":[{\"kty\":\"RSA\",\"use\":\"sig\",\"alg\":\"RS256\",\"kid\":\"%s\",\"n\":\"%s\",\"e\":\"%s\"}]}"
        .formatted(
            KEY_ID,
            base64.encodeToString(unsigned(key.getModulus())),
            base64.encodeToString(unsigned(key.getPublicExponent())));
  }

  private static byte[] unsigned(BigInteger number) {
    byte[] bytes = number.toByteArray();
    return bytes[0] == 0 ? Arrays.copyOfRange(bytes, 1, bytes.length) : bytes;
  }

  /// A header's value with a token that is right in everything.
  static String bearer(String subject, String... groups) {
    return bearer(ISSUER, "multipod", Duration.ofHours(1), subject, groups);
  }

  static String bearer(
      String issuer, String audience, Duration valid, String subject, String... groups) {
    return "Bearer "
        + Jwt.issuer(issuer)
            .audience(audience)
            .subject(subject)
            .groups(java.util.Set.of(groups))
            .issuedAt(Instant.now().minus(Duration.ofHours(2)))
            .expiresAt(Instant.now().plus(valid))
            .jws()
            .keyId(KEY_ID)
            .sign(KEYS.getPrivate());
  }
}
