package dev.multipod.ssh;

import dev.multipod.demossh.DemoSsh;
import dev.multipod.testkit.FaultyProxy;
import dev.multipod.testkit.Folders;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/// The servers of the tests, and the targets file that names them.
public final class Servers implements QuarkusTestResourceLifecycleManager {
  private Optional<OpenSsh> openSsh = Optional.empty();
  private Optional<FaultyProxy> proxy = Optional.empty();
  private Optional<DemoSsh> demo = Optional.empty();
  private Path folder = Path.of(".");
  private final RudeServers rude = new RudeServers();

  @Override
  public Map<String, String> start() {
    try {
      folder = Folders.temporary("ssh-gateway-test");
      demo = Optional.of(DemoSsh.start(folder, 0));
      StringBuilder targets = new StringBuilder(Files.readString(folder.resolve("targets.yaml")));
      rude.addTo(targets);
      if (OpenSsh.isInstalled()) {
        OpenSsh server = OpenSsh.start();
        openSsh = Optional.of(server);
        proxy = Optional.of(FaultyProxy.to("127.0.0.1", server.port()));
        add(targets, server);
      }
      Path file = folder.resolve("all.yaml");
      Files.writeString(file, targets);
      Map<String, String> settings = new HashMap<>(Tokens.settings());
      settings.put("multipod.ssh.targets-file", file.toString());
      settings.put("multipod.ssh.connect.timeout", "8s");
      settings.put("multipod.ssh.files.max-size", "9M");
      settings.put("multipod.ssh.exec.grace", "500ms");
      settings.put("quarkus.http.test-port", "0");
      settings.put("quarkus.management.test-port", "0");
      settings.put("multipod.auth.subjects", "system:serviceaccount:shop:till=use");
      return settings;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void add(StringBuilder targets, OpenSsh server) throws IOException {
    String key = "privateKeyFile: " + server.userKey();
    String host = "[\"" + server.hostKey() + "\"]";
    target(targets, "key", server.port(), server.user(), host, key);
    target(
        targets, "changed", server.port(), server.user(), "[\"" + server.otherKey() + "\"]", key);
    target(targets, "unknown", server.port(), server.user(), "[]", key);
    target(targets, "proxied", proxy.orElseThrow().port(), server.user(), host, key);
    target(targets, "read-only", server.port(), server.user(), host, key + "\n    allow: [read]");
    Path wrong = Files.writeString(folder.resolve("wrong"), "wrong");
    target(targets, "refused", server.port(), server.user(), host, "passwordFile: " + wrong);
    if (server.password().isPresent()) {
      Path right = Files.writeString(folder.resolve("right"), server.password().get() + "\n");
      target(targets, "password", server.port(), server.user(), host, "passwordFile: " + right);
    }
  }

  static void target(
      StringBuilder targets,
      String name,
      int port,
      String user,
      String hostKeys,
      String credential) {
    targets.append(
        """
          %s:
            host: 127.0.0.1
            port: %d
            user: %s
            hostKeys: %s
            %s
        """
            .formatted(name, port, user, hostKeys, credential));
  }

  @Override
  public void inject(TestInjector injector) {
    openSsh.ifPresent(
        server -> injector.injectIntoFields(server, new TestInjector.MatchesType(OpenSsh.class)));
    proxy.ifPresent(
        one -> injector.injectIntoFields(one, new TestInjector.MatchesType(FaultyProxy.class)));
  }

  @Override
  public void stop() {
    try {
      if (demo.isPresent()) {
        demo.get().close();
      }
      proxy.ifPresent(FaultyProxy::close);
      if (openSsh.isPresent()) {
        openSsh.get().close();
      }
      rude.close();
      Folders.remove(folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
