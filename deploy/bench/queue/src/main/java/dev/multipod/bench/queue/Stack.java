package dev.multipod.bench.queue;

import dev.multipod.bench.queue.Wire.Answer;
import dev.multipod.testkit.Await;
import dev.multipod.testkit.Checkout;
import dev.multipod.testkit.Folders;
import dev.multipod.testkit.KafkaBroker;
import dev.multipod.testkit.ServiceProcess;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;

/// One broker, two producers and two consumers, each a process with the flags of the images and the
/// heap of its pod.
final class Stack implements AutoCloseable {
  private static final Duration READY = Duration.ofSeconds(90);
  private static final List<String> PRODUCER_HEAP = List.of("-Xmx90m", "-Xms26m");
  private static final List<String> CONSUMER_HEAP = List.of("-Xmx112m", "-Xms32m");

  final KafkaBroker broker;
  final List<ServiceProcess> producers;
  final List<ServiceProcess> consumers;
  private final Path peers;

  Stack() throws IOException {
    broker =
        KafkaBroker.builder()
            .jvm(List.of("-Xms512m", "-Xmx512m", "-XX:+UseSerialGC"))
            .with("log.retention.bytes", "-1")
            .start();
    peers = Folders.temporary("multipod-peers");
    producers =
        List.of(replica("producer", 1, PRODUCER_HEAP), replica("producer", 2, PRODUCER_HEAP));
    consumers =
        List.of(replica("consumer", 1, CONSUMER_HEAP), replica("consumer", 2, CONSUMER_HEAP));
    tell("producer", producers);
    tell("consumer", consumers);
    producers.forEach(each -> each.awaitReady(READY));
    consumers.forEach(each -> each.awaitReady(READY));
  }

  /// One consumer more, which has done nothing yet, and starts from an AOT cache as in its image.
  /// Nobody asks it for what others hold.
  ServiceProcess fresh() {
    Path cache = peers.resolve("cache.aot");
    try (ServiceProcess training =
        replica("consumer", 3, CONSUMER_HEAP, "-XX:AOTCacheOutput=" + cache)) {
      training.awaitReady(READY);
      training.stop(READY);
    }
    ServiceProcess replica =
        replica("consumer", 3, CONSUMER_HEAP, "-XX:AOTMode=on", "-XX:AOTCache=" + cache);
    replica.awaitReady(READY);
    return replica;
  }

  private ServiceProcess replica(String service, int number, List<String> heap, String... more) {
    List<String> flags = new ArrayList<>(heap);
    flags.addAll(List.of(more));
    flags.add("@" + Checkout.root().resolve("docker/java.args"));
    return ServiceProcess.of(service)
        .replica(number)
        .with(broker)
        .with("MULTIPOD_PEERS_DIRECTORY", peers.toString())
        .jvm(flags.toArray(String[]::new))
        .launch();
  }

  private void tell(String service, List<ServiceProcess> replicas) throws IOException {
    Files.writeString(
        peers.resolve(service),
        replicas.stream()
            .map(each -> "%s 127.0.0.1 %d\n".formatted(each.name(), each.port()))
            .collect(Collectors.joining()));
  }

  /// A new queue without a bound.
  String queue() throws IOException {
    String name = "bench-" + UUID.randomUUID().toString().substring(0, 8);
    try (Wire wire = new Wire(producers.getFirst().base())) {
      // The first owner may take a moment to begin.
      Await.until(
          "a queue",
          READY,
          () -> {
            wire.send("PUT", "/producer/queues/" + name, "{}".getBytes(StandardCharsets.UTF_8));
            Answer answer = wire.read();
            return answer.status() == 201 || answer.status() == 200;
          });
    }
    return name;
  }

  @Override
  public void close() {
    producers.forEach(ServiceProcess::close);
    consumers.forEach(ServiceProcess::close);
    broker.close();
    Folders.remove(peers);
  }
}
