package dev.multipod.ssh;

import dev.multipod.testkit.Await;
import dev.multipod.testkit.Child;
import dev.multipod.testkit.Folders;
import dev.multipod.testkit.Ports;
import dev.multipod.testkit.Tools;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Debian's `sshd` on a free loopback port, with an account of its own where that can be made (by
/// root), else with that of whoever runs the test, who then can log in by key alone.
final class OpenSsh implements AutoCloseable {
  static final String PASSWORD = "correct horse";
  private static final String ACCOUNT = "multipod-ssh-test";
  private static final boolean ROOT = "root".equals(System.getProperty("user.name"));

  private final Path folder;
  private final int port;
  private final Child daemon;

  private OpenSsh(Path folder, int port, Child daemon) {
    this.folder = folder;
    this.port = port;
    this.daemon = daemon;
  }

  static boolean isInstalled() {
    return Tools.find("sshd").isPresent() && Tools.find("ssh-keygen").isPresent();
  }

  static OpenSsh start() throws IOException {
    Path sshd = Tools.find("sshd").orElseThrow();
    Path folder = Folders.temporary("openssh");
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    Path home = Files.createDirectory(folder.resolve("home"));
    for (String key : List.of("host", "other", "user")) {
      run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder.resolve(key).toString());
    }
    Files.copy(folder.resolve("user.pub"), folder.resolve("authorized_keys"));
    if (ROOT) {
      run("useradd", "--shell", "/bin/sh", "--home-dir", home.toString(), "-p", hash(), ACCOUNT);
      run("chown", ACCOUNT, home.toString());
      Files.createDirectories(Path.of("/run/sshd"));
    }
    int port = Ports.free();
    Path config = folder.resolve("sshd_config");
    Files.writeString(
        config,
        """
        ListenAddress 127.0.0.1
        Port %d
        HostKey %s
        PidFile none
        AuthorizedKeysFile %s
        StrictModes no
        UsePAM no
        PasswordAuthentication yes
        AcceptEnv GREETING
        Subsystem sftp internal-sftp
        """
            .formatted(port, folder.resolve("host"), folder.resolve("authorized_keys")));
    Child daemon =
        Child.start(
            "sshd",
            List.of(sshd.toString(), "-D", "-e", "-f", config.toString()),
            Map.of(),
            folder,
            line -> {});
    Await.until(
        "sshd listens",
        Duration.ofSeconds(20),
        () -> {
          try (Socket _ = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return true;
          }
        });
    return new OpenSsh(folder, port, daemon);
  }

  private static String hash() throws IOException {
    return run("openssl", "passwd", "-6", PASSWORD).strip();
  }

  private static String run(String... command) throws IOException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      if (process.waitFor() != 0) {
        throw new IOException(command[0] + ": " + output);
      }
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
    return output;
  }

  int port() {
    return port;
  }

  String user() {
    return ROOT ? ACCOUNT : System.getProperty("user.name");
  }

  /// Present when there is an account whose password is known.
  Optional<String> password() {
    return ROOT ? Optional.of(PASSWORD) : Optional.empty();
  }

  /// Where its user may write.
  Path home() {
    return folder.resolve("home");
  }

  Path userKey() {
    return folder.resolve("user");
  }

  String hostKey() throws IOException {
    return Files.readString(folder.resolve("host.pub")).strip();
  }

  /// A key that the server does not have.
  String otherKey() throws IOException {
    return Files.readString(folder.resolve("other.pub")).strip();
  }

  @Override
  public void close() throws IOException {
    daemon.close();
    if (ROOT) {
      new ProcessBuilder("pkill", "-KILL", "-u", ACCOUNT).start().onExit().join();
      run("userdel", "-f", ACCOUNT);
    }
    Folders.remove(folder);
  }
}
