package dev.multipod.demossh;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.apache.sshd.common.file.virtualfs.VirtualFileSystemFactory;
import org.apache.sshd.common.keyprovider.KeyPairProvider;
import org.apache.sshd.server.SshServer;
import org.apache.sshd.server.forward.RejectAllForwardingFilter;
import org.apache.sshd.sftp.server.SftpSubsystemFactory;

/// The server. `java -jar demo-ssh-….jar DIRECTORY [PORT]`, or `MULTIPOD_DEMO_SSH_DIRECTORY` and
/// `MULTIPOD_DEMO_SSH_PORT`; the port is 2222 unless told otherwise, 0 for any. It listens on
/// loopback, or on the address in `MULTIPOD_DEMO_SSH_HOST`.
///
/// It lets in one user, `demo`, by password or by key, runs a few harmless commands as whoever
/// started it, and serves the files below `DIRECTORY/root`. What it needs it makes in DIRECTORY and
/// keeps there: see [Identity].
public final class DemoSsh implements AutoCloseable {
  static final String USER = "demo";
  private static final String LOOPBACK = "127.0.0.1";
  private static final int DEFAULT_PORT = 2222;

  private final SshServer server;

  private DemoSsh(SshServer server) {
    this.server = server;
  }

  public static void main(String[] arguments) throws Exception {
    // The library logs through SLF4J, to nowhere here; without this it would complain about that.
    System.setProperty("slf4j.internal.verbosity", "ERROR");
    String directory = setting(arguments, 0, "MULTIPOD_DEMO_SSH_DIRECTORY", "");
    if (directory.isEmpty()) {
      System.err.println("usage: demo-ssh DIRECTORY [PORT]");
      System.exit(2);
    }
    int port =
        Integer.parseInt(
            setting(arguments, 1, "MULTIPOD_DEMO_SSH_PORT", Integer.toString(DEFAULT_PORT)));
    String host = setting(new String[0], 0, "MULTIPOD_DEMO_SSH_HOST", LOOPBACK);
    try (DemoSsh demo = start(Path.of(directory), host, port)) {
      System.out.printf(
          "demo-ssh listens on %s:%d; targets in %s%n",
          host, demo.port(), Path.of(directory).resolve(Identity.TARGETS));
      CountDownLatch stopped = new CountDownLatch(1);
      Runtime.getRuntime().addShutdownHook(new Thread(stopped::countDown, "demo-ssh-stop"));
      stopped.await();
    } catch (java.net.BindException e) {
      System.err.printf(
          "demo-ssh: port %d is taken. Name another: demo-ssh DIRECTORY PORT%n", port);
      System.exit(1);
    }
  }

  private static String setting(String[] arguments, int index, String variable, String otherwise) {
    String given = System.getenv(variable);
    if (index < arguments.length) {
      return arguments[index];
    }
    return given == null ? otherwise : given;
  }

  /// Starts it on loopback and writes the targets file.
  ///
  /// @param port 0 for any
  public static DemoSsh start(Path directory, int port) throws IOException {
    return start(directory, LOOPBACK, port);
  }

  private static DemoSsh start(Path directory, String host, int port) throws IOException {
    Identity identity = Identity.in(directory);
    Path root = Files.createDirectories(directory.resolve("root")).toRealPath();
    SshServer server = SshServer.setUpDefaultServer();
    server.setHost(host);
    server.setPort(port);
    server.setKeyPairProvider(KeyPairProvider.wrap(identity.hostKey()));
    server.setPasswordAuthenticator(
        (user, password, session) -> user.equals(USER) && identity.isPassword(password));
    server.setPublickeyAuthenticator(
        (user, key, session) -> user.equals(USER) && identity.isUserKey(key));
    server.setKeyboardInteractiveAuthenticator(null);
    server.setCommandFactory(new HarmlessCommands(root));
    server.setSubsystemFactories(List.of(new SftpSubsystemFactory.Builder().build()));
    server.setFileSystemFactory(new VirtualFileSystemFactory(root));
    server.setForwardingFilter(RejectAllForwardingFilter.INSTANCE);
    server.start();
    identity.writeTargets(server.getPort());
    return new DemoSsh(server);
  }

  int port() {
    return server.getPort();
  }

  @Override
  public void close() throws IOException {
    server.stop(true);
  }
}
