package dev.multipod.local;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Map;

/// Whose tokens the services of this stack believe: a key pair made at its start, of which the
/// private half is forgotten once the token is signed.
final class LocalIssuer {
  static final String ISSUER = "multipod-local";
  static final String AUDIENCE = "multipod";
  private static final Duration LIFETIME = Duration.ofDays(30);
  private static final int KEY_BITS = 2048;

  private final KeyPair keys;

  LocalIssuer() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
      generator.initialize(KEY_BITS);
      keys = generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /// What a service needs to check the token.
  Map<String, String> environment() {
    return Map.of(
        "QUARKUS_OIDC_PUBLIC_KEY",
        Base64.getEncoder().encodeToString(keys.getPublic().getEncoded()),
        "QUARKUS_OIDC_TOKEN_ISSUER",
        ISSUER,
        "QUARKUS_OIDC_TOKEN_AUDIENCE",
        AUDIENCE,
        "MULTIPOD_AUTH_REQUIRED",
        "true");
  }

  /// A signed JWT (RFC 7519, RS256) with every role, for whoever started the stack.
  String token(Instant now) {
    String head = encode("{\"alg\":\"RS256\",\"typ\":\"JWT\"}".getBytes(StandardCharsets.UTF_8));
    String claims =
        """
        {"iss":"%s","aud":"%s","sub":"local","upn":"local","groups":["observe","use","operate"],"iat":%d,"exp":%d}"""
            .formatted(ISSUER, AUDIENCE, now.getEpochSecond(), now.plus(LIFETIME).getEpochSecond());
    String signed = head + "." + encode(claims.getBytes(StandardCharsets.UTF_8));
    try {
      Signature signature = Signature.getInstance("SHA256withRSA");
      signature.initSign(keys.getPrivate());
      signature.update(signed.getBytes(StandardCharsets.US_ASCII));
      return signed + "." + encode(signature.sign());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /// Writes a secret that only this user can read.
  static void write(Path file, String secret) {
    Path fresh = file.resolveSibling(file.getFileName() + ".new");
    try {
      Files.deleteIfExists(fresh);
      Files.createFile(
          fresh,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      Files.writeString(fresh, secret);
      Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String encode(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }
}
