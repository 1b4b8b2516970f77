package dev.multipod.demossh;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.util.HexFormat;
import org.apache.sshd.common.config.keys.KeyUtils;
import org.apache.sshd.common.config.keys.PublicKeyEntry;
import org.apache.sshd.common.config.keys.writer.openssh.OpenSSHKeyPairResourceWriter;
import org.apache.sshd.common.util.security.SecurityUtils;

/// Who the server is, and who its user: a host key, a password, a user key, made once and kept in
/// files that only their owner can read, with a targets file for ssh-gateway beside them.
final class Identity {
  static final String TARGETS = "targets.yaml";

  private static final String HOST_KEY = "host_key";
  private static final String USER_KEY = "id_ecdsa";
  private static final String PASSWORD = "password";

  private final Path directory;
  private final KeyPair hostKey;
  private final KeyPair userKey;
  private final byte[] password;

  private Identity(Path directory, KeyPair hostKey, KeyPair userKey, byte[] password) {
    this.directory = directory;
    this.hostKey = hostKey;
    this.userKey = userKey;
    this.password = password;
  }

  static Identity in(Path directory) throws IOException {
    Files.createDirectories(directory);
    try {
      return new Identity(
          directory,
          key(directory.resolve(HOST_KEY)),
          key(directory.resolve(USER_KEY)),
          password(directory.resolve(PASSWORD)));
    } catch (GeneralSecurityException e) {
      throw new IOException("the keys in " + directory + " cannot be used", e);
    }
  }

  KeyPair hostKey() {
    return hostKey;
  }

  boolean isPassword(String given) {
    return MessageDigest.isEqual(given.getBytes(StandardCharsets.UTF_8), password);
  }

  boolean isUserKey(PublicKey given) {
    return KeyUtils.compareKeys(given, userKey.getPublic());
  }

  /// The file that `MULTIPOD_SSH_TARGETS_FILE` can name: the server by password, and by key.
  void writeTargets(int port) throws IOException {
    String common =
        """
            host: 127.0.0.1
            port: %d
            user: %s
            hostKeys: ["%s"]
        """
            .formatted(port, DemoSsh.USER, PublicKeyEntry.toString(hostKey.getPublic()));
    String text =
        """
        # Written by demo-ssh at its start.
        targets:
          demo-password:
        %s    passwordFile: %s
          demo-key:
        %s    privateKeyFile: %s
        """
            .formatted(common, PASSWORD, common, USER_KEY);
    write(directory.resolve(TARGETS), text.getBytes(StandardCharsets.UTF_8));
  }

  private static KeyPair key(Path file) throws IOException, GeneralSecurityException {
    if (!Files.exists(file)) {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(256);
      KeyPair made = generator.generateKeyPair();
      var bytes = new java.io.ByteArrayOutputStream();
      OpenSSHKeyPairResourceWriter.INSTANCE.writePrivateKey(made, "demo-ssh", null, bytes);
      write(file, bytes.toByteArray());
    }
    try (var in = Files.newInputStream(file)) {
      return SecurityUtils.loadKeyPairIdentities(null, null, in, null).iterator().next();
    }
  }

  private static byte[] password(Path file) throws IOException {
    if (!Files.exists(file)) {
      byte[] random = new byte[12];
      new SecureRandom().nextBytes(random);
      write(file, HexFormat.of().formatHex(random).getBytes(StandardCharsets.US_ASCII));
    }
    return Files.readAllBytes(file);
  }

  /// Never half written, never readable by others.
  private static void write(Path file, byte[] bytes) throws IOException {
    Path part =
        Files.createTempFile(
            file.toAbsolutePath().getParent(),
            ".part-",
            "",
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    try (OutputStream out = Files.newOutputStream(part)) {
      out.write(bytes);
    }
    Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }
}
