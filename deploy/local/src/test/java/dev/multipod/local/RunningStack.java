package dev.multipod.local;

import dev.multipod.testkit.Await;
import dev.multipod.testkit.Checkout;
import dev.multipod.testkit.Child;
import dev.multipod.testkit.Ports;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The stack as a process of its own, in a folder with a space in its name.
final class RunningStack implements AutoCloseable {
  static final Duration READY_WITHIN = Duration.ofSeconds(90);

  final Path home;
  final int port;
  final int rawPort;
  private final Child child;

  private RunningStack(Path home, int port, int rawPort, Child child) {
    this.home = home;
    this.port = port;
    this.rawPort = rawPort;
    this.child = child;
  }

  static RunningStack launch(Path folder, String... options) throws IOException {
    return launch(folder, Ports.free(), options);
  }

  static RunningStack launch(Path folder, int port, String... options) throws IOException {
    Path home = Files.createDirectories(folder.resolve("a folder"));
    int rawPort = Ports.free();
    Map<String, String> environment = new HashMap<>();
    environment.put("MULTIPOD_HOME", home.toString());
    environment.put("MULTIPOD_PORT", Integer.toString(port));
    environment.put("MULTIPOD_RAW_PORT", Integer.toString(rawPort));
    List<String> command = new ArrayList<>();
    command.add(Checkout.java());
    command.addAll(
        List.of(
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-cp",
            System.getProperty("java.class.path"),
            TinyMain.class.getName()));
    command.addAll(List.of(options));
    return new RunningStack(
        home,
        port,
        rawPort,
        Child.start("stack", command, environment, Path.of("").toAbsolutePath(), line -> {}));
  }

  RunningStack ready() {
    awaitLine("multipod is ready");
    return this;
  }

  void awaitLine(String part) {
    Await.until(
        () -> "'" + part + "' in:\n" + String.join("\n", log()),
        READY_WITHIN,
        () -> log().stream().anyMatch(line -> line.contains(part)) || !child.isAlive());
    if (log().stream().noneMatch(line -> line.contains(part))) {
      throw new AssertionError("ended without '" + part + "':\n" + String.join("\n", log()));
    }
  }

  Child child() {
    return child;
  }

  List<String> log() {
    return child.log();
  }

  /// What it started and has not ended.
  List<ProcessHandle> processes() {
    return child.handle().descendants().toList();
  }

  List<String> peers(String service) throws IOException {
    return Files.readAllLines(home.resolve("peers").resolve(service)).stream()
        .map(line -> line.split(" ", 2)[0])
        .toList();
  }

  ProcessHandle process(String replica) throws IOException {
    return Files.readAllLines(home.resolve("run/processes")).stream()
        .filter(line -> line.endsWith(" " + replica))
        .map(line -> ProcessHandle.of(Long.parseLong(line.split(" ", 2)[0])).orElseThrow())
        .findFirst()
        .orElseThrow();
  }

  /// Runs an order of the command line against it.
  Answer order(String... words) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Checkout.java());
    command.addAll(
        List.of(
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            Main.class.getName()));
    command.addAll(List.of(words));
    Child order =
        Child.start(
            "order",
            command,
            Map.of("MULTIPOD_HOME", home.toString()),
            Path.of("").toAbsolutePath(),
            line -> {});
    int code = order.onExit().get();
    order.awaitOutput();
    return new Answer(code, String.join("\n", order.log()));
  }

  record Answer(int code, String text) {}

  @Override
  public void close() {
    stop();
  }

  /// As Ctrl-C does.
  void stop() {
    if (child.isAlive()) {
      child.stop(Duration.ofSeconds(20));
    }
  }
}
