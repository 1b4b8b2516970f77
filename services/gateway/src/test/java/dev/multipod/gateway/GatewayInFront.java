package dev.multipod.gateway;

import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// A gateway whose services are `s1`, `s2`, …, each for one test to use, with peers files in a
/// folder of its own.
public final class GatewayInFront implements QuarkusTestResourceLifecycleManager {
  static final int MAX_PER_SERVICE = 40;
  private static final int SERVICES = 60;
  private static final AtomicInteger NEXT = new AtomicInteger();
  private static final Path FOLDER = folder();

  private static Path folder() {
    try {
      return Files.createTempDirectory("peers");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// A service that no other test uses.
  static String service() {
    int number = NEXT.incrementAndGet();
    if (number > SERVICES) {
      throw new IllegalStateException(
          "the gateway of these tests has %d services".formatted(SERVICES));
    }
    return "s" + number;
  }

  /// Makes these the replicas of a service, at once and as a whole.
  static void replicas(String service, Upstream... upstreams) {
    replicas(
        service,
        List.of(upstreams).stream()
            .map(one -> "%s 127.0.0.1 %d".formatted(one.name(), one.port()))
            .toList());
  }

  static void replicas(String service, List<String> lines) {
    try {
      Path next = Files.writeString(FOLDER.resolve(service + ".next"), String.join("\n", lines));
      Files.move(next, FOLDER.resolve(service), StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    List<String> names = lines.stream().map(line -> line.split(" ", -1)[0]).sorted().toList();
    Await.until("the gateway knows " + names, () -> Calls.index(service).equals(names));
  }

  @Override
  public Map<String, String> start() {
    return Map.of(
        "multipod.peers.directory",
        FOLDER.toString(),
        "multipod.gateway.services",
        IntStream.rangeClosed(1, SERVICES)
            .mapToObj(number -> "s" + number)
            .collect(Collectors.joining(",")),
        "multipod.gateway.response-timeout",
        "6s",
        "multipod.gateway.max-requests-per-service",
        Integer.toString(MAX_PER_SERVICE),
        "quarkus.http.test-port",
        "0",
        "quarkus.management.test-port",
        "0");
  }

  @Override
  public void stop() {}
}
