package dev.multipod.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;

/// PostgreSQL's programs and the folder they work on.
final class PostgresCluster {
  private PostgresCluster() {}

  /// How to call a program. PostgreSQL refuses root; in a user namespace of its own root is nobody
  /// there, and the files stay root's outside.
  static List<String> program(String name) {
    List<String> command = new ArrayList<>();
    if (System.getProperty("user.name").equals("root")) {
      command.addAll(List.of("unshare", "-U"));
    }
    command.add(PostgresBinaries.home().resolve("bin").resolve(name).toString());
    return command;
  }

  /// Makes a new folder, completely or not at all; leaves an old one as it is.
  static void initialise(Path folder, String user, String password) {
    if (Files.exists(folder.resolve("PG_VERSION"))) {
      return;
    }
    try {
      Files.createDirectories(folder);
      Path half = Files.createTempDirectory(folder.toAbsolutePath().resolveSibling("."), "initdb");
      Path secret = half.resolveSibling(half.getFileName() + ".password");
      try {
        Files.writeString(secret, password + "\n");
        Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rw-------"));
        List<String> command = new ArrayList<>(program("initdb"));
        command.addAll(
            List.of(
                "-D",
                half.toString(),
                "-U",
                user,
                "--pwfile=" + secret,
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--locale-provider=builtin",
                "--locale=C.UTF-8",
                "--no-instructions"));
        run(command);
        Files.delete(folder);
        Files.move(half, folder, StandardCopyOption.ATOMIC_MOVE);
      } finally {
        Files.deleteIfExists(secret);
        Folders.remove(half);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void run(List<String> command) throws IOException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      if (process.waitFor() != 0) {
        throw new IllegalStateException(String.join(" ", command) + " failed:\n" + said);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
