package dev.multipod.local;

import dev.multipod.local.Part.Kind;
import dev.multipod.local.Part.Need;
import dev.multipod.testkit.Checkout;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;

/// What runs on one machine. A new service is a row here.
final class Table {
  private final Path root = Checkout.root();
  private final Settings settings;

  private Table(Settings settings) {
    this.settings = settings;
  }

  static List<Part> of(Settings settings) {
    return new Table(settings).rows();
  }

  private List<Part> rows() {
    Path ssh = settings.data().resolve("demo-ssh");
    Path targets = ssh.resolve("targets.yaml");
    return List.of(
        server(
            "demo-site", settings.sitePort(), Map.of("DEMO_SITE_PORT", "" + settings.sitePort())),
        server(
            "demo-ssh",
            settings.sshPort(),
            Map.of(
                "MULTIPOD_DEMO_SSH_PORT",
                "" + settings.sshPort(),
                "MULTIPOD_DEMO_SSH_DIRECTORY",
                ssh.toString())),
        service("udp-echo", Kind.RAW, "96m", Set.of(), Map.of()),
        service("tcp-echo", Kind.RAW, "96m", Set.of(), Map.of()),
        service("ticket-service", Kind.SERVICE, "128m", Set.of(Need.POSTGRES), Map.of()),
        service("producer", Kind.SERVICE, "128m", Set.of(Need.KAFKA), Map.of()),
        service("consumer", Kind.SERVICE, "128m", Set.of(Need.KAFKA), Map.of()),
        service(
            "crawler-pool",
            Kind.SERVICE,
            "160m",
            Set.of(Need.POSTGRES),
            Map.of("MULTIPOD_CRAWLER_ALLOW", "127.0.0.1/32:" + settings.sitePort())),
        service(
            "ssh-gateway",
            Kind.SERVICE,
            "128m",
            Set.of(Need.TOKENS),
            Map.of("MULTIPOD_SSH_TARGETS_FILE", targets.toString())),
        new Part(
            "gateway",
            quarkus("gateway"),
            1,
            "128m",
            Kind.GATEWAY,
            OptionalInt.of(settings.port()),
            Set.of(),
            Map.of()));
  }

  /// @throws Refusal when something was not built
  static void requireBuilt(List<Part> table) {
    List<String> missing =
        table.stream()
            .filter(part -> part.program().getFirst().equals("-jar"))
            .filter(part -> !Files.isRegularFile(Path.of(part.program().get(1))))
            .map(Part::name)
            .toList();
    if (!missing.isEmpty()) {
      throw new Refusal(
          "Not built: " + String.join(", ", missing) + ". 'make run' builds everything first.");
    }
  }

  private Part service(
      String name, Kind kind, String heap, Set<Need> needs, Map<String, String> environment) {
    return new Part(name, quarkus(name), 1, heap, kind, OptionalInt.empty(), needs, environment);
  }

  private Part server(String name, int port, Map<String, String> environment) {
    return new Part(
        name,
        List.of("-jar", jarOf(name).toString()),
        1,
        "64m",
        Kind.SERVER,
        OptionalInt.of(port),
        Set.of(),
        environment);
  }

  /// With or without a version in its name.
  private Path jarOf(String name) {
    Path folder = root.resolve("deploy/%s/target".formatted(name));
    try (DirectoryStream<Path> jars = Files.newDirectoryStream(folder, name + "*.jar")) {
      for (Path jar : jars) {
        return jar;
      }
    } catch (IOException e) {
      // Never built: so says requireBuilt.
      return folder.resolve(name + ".jar");
    }
    return folder.resolve(name + ".jar");
  }

  private List<String> quarkus(String name) {
    Path jar = root.resolve("services/%s/target/quarkus-app/quarkus-run.jar".formatted(name));
    return List.of("-jar", jar.toString());
  }
}
