package dev.multipod.consumer;

import dev.multipod.testkit.Folders;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// A certificate authority of a test, and a key for 127.0.0.1 that it signed; the JDK's `keytool`
/// makes both.
///
/// @param folder its files
record Authority(Path folder) implements AutoCloseable {
  static final String KEYS_PASSWORD = "changeit";

  static Authority create(String name) throws IOException, InterruptedException {
    Authority made = new Authority(Folders.temporary("authority-" + name));
    Path keys = made.keys();
    keytool(
        keys,
        "-genkeypair",
        "-alias",
        "ca",
        "-dname",
        "CN=" + name,
        "-keyalg",
        "EC",
        "-ext",
        "bc:c");
    keytool(
        keys,
        "-genkeypair",
        "-alias",
        "server",
        "-signer",
        "ca",
        "-dname",
        "CN=server",
        "-keyalg",
        "EC",
        "-ext",
        "san=ip:127.0.0.1");
    keytool(keys, "-exportcert", "-rfc", "-alias", "ca", "-file", made.certificate().toString());
    keytool(keys, "-delete", "-alias", "ca");
    return made;
  }

  /// The authority's own, as PEM.
  Path certificate() {
    return folder.resolve("ca.pem");
  }

  /// The signed key, as PKCS12 under [#KEYS_PASSWORD].
  Path keys() {
    return folder.resolve("keys.p12");
  }

  /// Removes its files.
  @Override
  public void close() {
    Folders.remove(folder);
  }

  private static void keytool(Path keys, String... arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    command.addAll(List.of(arguments));
    command.addAll(
        List.of("-keystore", keys.toString(), "-storetype", "PKCS12", "-storepass", KEYS_PASSWORD));
    Path output = keys.resolveSibling("keytool.log");
    int code =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start()
            .waitFor();
    if (code != 0) {
      throw new IllegalStateException("keytool: " + Files.readString(output));
    }
  }
}
