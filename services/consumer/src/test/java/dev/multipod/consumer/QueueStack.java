package dev.multipod.consumer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.multipod.testkit.Await;
import dev.multipod.testkit.FaultyProxy;
import dev.multipod.testkit.Folders;
import dev.multipod.testkit.KafkaBroker;
import dev.multipod.testkit.Ports;
import dev.multipod.testkit.ServiceProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A real broker, two producers and two consumers, each a process. One for all tests: it takes a
/// while to start. A test that harms a part of it brings it back. Each process reaches the broker
/// through a proxy of its own, which can be told to misbehave; the tests reach it without.
final class QueueStack implements AutoCloseable {
  /// How a replica is told where the broker is.
  interface Connection {
    ServiceProcess.Builder of(String service, ServiceProcess.Builder process);
  }

  private static final Duration CALL = Duration.ofSeconds(90);
  private static @Nullable QueueStack shared;

  /// An answer of a service.
  record Answer(HttpResponse<byte[]> http) {
    int status() {
      return http.statusCode();
    }

    String text() {
      return new String(http.body(), StandardCharsets.UTF_8);
    }

    JsonNode json() {
      try {
        return new ObjectMapper().readTree(http.body());
      } catch (IOException e) {
        throw new UncheckedIOException(text(), e);
      }
    }

    String ackUrl() {
      return json().get("ackUrl").asText();
    }

    String data() {
      return json().get("data").asText();
    }

    @Override
    public String toString() {
      return status() + " " + text();
    }
  }

  final KafkaBroker broker;
  final List<ServiceProcess> producers;
  final List<ServiceProcess> consumers;

  /// Between each consumer and the broker.
  final List<FaultyProxy> consumerNetworks = new ArrayList<>();

  /// Between each producer and the broker.
  final List<FaultyProxy> producerNetworks = new ArrayList<>();

  private final Path peers;
  private final KafkaWord kafka;
  private final AtomicInteger queues = new AtomicInteger();
  private final HttpClient http =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();

  private QueueStack() throws IOException {
    KafkaBroker.Builder builder =
        KafkaBroker.builder()
            .with("group.share.min.record.lock.duration.ms", "1000")
            // Longer than the producers' transactions here.
            .with("transaction.max.timeout.ms", "7200000")
            // A killed share consumer is a member until its session ends, else for 45 s.
            .with("group.share.min.session.timeout.ms", "15000")
            .with("group.share.session.timeout.ms", "15000")
            .with("group.share.min.heartbeat.interval.ms", "3000")
            .with("group.share.heartbeat.interval.ms", "3000");
    for (int replica = 0; replica < 2; replica++) {
      consumerNetworks.add(network(builder));
      producerNetworks.add(network(builder));
    }
    broker = builder.start();
    peers = Folders.temporary("peers");
    producers = replicas("producer", peers, through(producerNetworks));
    consumers = replicas("consumer", peers, through(consumerNetworks));
    kafka = begin();
  }

  /// One of its own, for a test that needs another broker or another way to it; without proxies.
  /// Closes the broker.
  QueueStack(KafkaBroker broker, Connection connection) throws IOException {
    this.broker = broker;
    peers = Folders.temporary("peers");
    producers = replicas("producer", peers, List.of(connection, connection));
    consumers = replicas("consumer", peers, List.of(connection, connection));
    kafka = begin();
  }

  private KafkaWord begin() throws IOException {
    tell(peers, "producer", producers);
    tell(peers, "consumer", consumers);
    KafkaWord word = new KafkaWord(broker);
    Runtime.getRuntime().addShutdownHook(new Thread(this::close));
    producers.forEach(each -> each.awaitReady(CALL));
    consumers.forEach(each -> each.awaitReady(CALL));
    Await.until(
        "the producers have divided the shares", CALL, () -> word.divided(producers.size()));
    return word;
  }

  static synchronized QueueStack get() {
    QueueStack known = shared;
    if (known == null) {
      try {
        known = new QueueStack();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      shared = known;
    }
    return known;
  }

  private static FaultyProxy network(KafkaBroker.Builder builder) {
    int port = Ports.free();
    FaultyProxy network = FaultyProxy.to("127.0.0.1", port);
    builder.listener(port, network.port());
    return network;
  }

  private List<FaultyProxy> networks() {
    return Stream.concat(consumerNetworks.stream(), producerNetworks.stream()).toList();
  }

  private static List<Connection> through(List<FaultyProxy> networks) {
    List<Connection> connections = new ArrayList<>();
    for (FaultyProxy network : networks) {
      connections.add(
          (service, process) ->
              process
                  .with("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:" + network.port())
                  // Its end is a record in each of its queues, and tests count those.
                  .with("MULTIPOD_PRODUCER_TRANSACTION", "60m"));
    }
    return connections;
  }

  private static List<ServiceProcess> replicas(
      String service, Path peers, List<Connection> connections) {
    return List.of(
        process(service, 1, connections.get(0), peers),
        process(service, 2, connections.get(1), peers));
  }

  private static ServiceProcess process(
      String service, int replica, Connection connection, Path peers) {
    return connection
        .of(service, ServiceProcess.of(service))
        .replica(replica)
        .with("MULTIPOD_PEERS_DIRECTORY", peers.toString())
        .with("MULTIPOD_CONSUMER_LEASE_MARGIN", "200ms")
        // Longer than a pause of a busy machine.
        .with("MULTIPOD_CONSUMER_ACK_TIMEOUT", "10s")
        .jvm("-XX:TieredStopAtLevel=1")
        .launch();
  }

  private static void tell(Path peers, String service, List<ServiceProcess> replicas)
      throws IOException {
    Files.writeString(
        peers.resolve(service),
        replicas.stream()
            .map(each -> "%s 127.0.0.1 %d\n".formatted(each.name(), each.port()))
            .collect(Collectors.joining()));
  }

  @Override
  public void close() {
    producers.forEach(ServiceProcess::close);
    consumers.forEach(ServiceProcess::close);
    networks().forEach(FaultyProxy::close);
    kafka.close();
    broker.close();
    Folders.remove(peers);
  }

  /// Brings back what a test harmed and, when it failed, left behind: one failure is one failure.
  void heal() {
    networks().forEach(FaultyProxy::heal);
    if (broker.child().isAlive()) {
      broker.resume();
    } else {
      broker.restart();
    }
    Stream.concat(producers.stream(), consumers.stream())
        .forEach(
            each -> {
              if (each.child().isAlive()) {
                each.resume();
                each.awaitReady(CALL);
              } else {
                each.restart();
              }
            });
    // A killed owner keeps its shares until its session ends, also when its successor is there.
    Await.until(
        "the producers have divided the shares", CALL, () -> kafka.divided(producers.size()));
  }

  /// A new queue with a name of its own.
  String queue(String members) {
    String name =
        "q-" + queues.incrementAndGet() + "-" + UUID.randomUUID().toString().substring(0, 6);
    Answer answer =
        call(producers.getFirst(), "PUT", "/producer/queues/" + name, "{" + members + "}");
    // 200: the replica asked the owner a second time, who had made it at the first.
    if (answer.status() != 201 && answer.status() != 200) {
      throw new AssertionError(answer);
    }
    return name;
  }

  Answer put(int producer, String queue, String item, String timeout, String key) {
    return call(
        producers.get(producer),
        "POST",
        "/producer/queues/%s/items?timeout=%s".formatted(queue, timeout),
        item,
        "Idempotency-Key",
        key,
        "Content-Type",
        "text/plain");
  }

  Answer put(int producer, String queue, String item, String timeout) {
    return put(producer, queue, item, timeout, UUID.randomUUID().toString());
  }

  Answer take(int consumer, String queue, String timeout) {
    return call(
        consumers.get(consumer),
        "POST",
        "/consumer/queues/%s/leases?timeout=%s".formatted(queue, timeout),
        "");
  }

  /// Acknowledges through any replica: `done`, `release`, `reject`, `renew`.
  Answer acknowledge(int consumer, String ackUrl, String how) {
    return call(consumers.get(consumer), "POST", ackUrl + "/" + how, "");
  }

  Answer join(int producer, String queue, String timeout) {
    return call(
        producers.get(producer),
        "GET",
        "/producer/queues/%s/join?timeout=%s".formatted(queue, timeout),
        "");
  }

  JsonNode look(int producer, String queue) {
    return call(producers.get(producer), "GET", "/producer/queues/" + queue, "").json();
  }

  /// The index of the producer that admits to a queue, once there is one.
  int owner(String queue) {
    AtomicInteger owner = new AtomicInteger(-1);
    Await.until(
        "an owner of " + queue,
        Duration.ofSeconds(40),
        () -> {
          JsonNode sizes = look(0, queue);
          for (int i = 0; i < producers.size(); i++) {
            if (sizes.path("owner").asText().equals(producers.get(i).name())) {
              owner.set(i);
            }
          }
          return owner.get() >= 0;
        });
    return owner.get();
  }

  /// How many records there are in a topic, by the broker's word.
  long end(String topic) {
    return kafka.end(topic);
  }

  /// The first sample of a metric that has all of these labels; empty when there is none.
  OptionalDouble sample(ServiceProcess replica, String metric, String... labels) {
    return call(replica.management().resolve("/q/metrics"), "GET", new byte[0])
        .text()
        .lines()
        .filter(line -> line.startsWith(metric + "{") || line.startsWith(metric + " "))
        .filter(line -> Stream.of(labels).allMatch(line::contains))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .findFirst();
  }

  Answer call(ServiceProcess replica, String method, String path, String body, String... headers) {
    return call(
        replica.base().resolve(path), method, body.getBytes(StandardCharsets.UTF_8), headers);
  }

  Answer call(URI uri, String method, byte[] body, String... headers) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri)
            .timeout(CALL)
            .method(method, HttpRequest.BodyPublishers.ofByteArray(body));
    if (headers.length > 0) {
      request.headers(headers);
    }
    try {
      return new Answer(
          http.sendAsync(request.build(), HttpResponse.BodyHandlers.ofByteArray())
              .get(CALL.toSeconds(), TimeUnit.SECONDS));
    } catch (ExecutionException e) {
      throw new UncheckedIOException(new IOException(method + " " + uri, e.getCause()));
    } catch (TimeoutException e) {
      throw new UncheckedIOException(new IOException("no answer to " + method + " " + uri, e));
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /// The answer, which has this status; one with another is shown whole.
  static Answer expect(int status, Answer answer) {
    assertEquals(status, answer.status(), answer::toString);
    return answer;
  }

  /// A queue that was created: 200 when the answer to the creation was lost on its way between two
  /// replicas, and it was repeated.
  static Answer expectCreated(Answer answer) {
    assertTrue(answer.status() == 200 || answer.status() == 201, answer::toString);
    return answer;
  }

  /// A call that may fail because its replica is gone.
  static Optional<Answer> attempt(Supplier<Answer> call) {
    try {
      return Optional.of(call.get());
    } catch (UncheckedIOException e) {
      return Optional.empty();
    }
  }
}
