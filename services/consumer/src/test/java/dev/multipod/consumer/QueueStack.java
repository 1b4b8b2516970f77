package dev.multipod.consumer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.multipod.testkit.Await;
import dev.multipod.testkit.KafkaBroker;
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
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/// A real broker, two producers and two consumers, each a process. One for all tests: it takes a
/// while to start. A test that harms a part of it brings it back.
final class QueueStack {
  private static final Duration CALL = Duration.ofSeconds(90);
  private static final int SHARES = 4;
  private static final String PRODUCERS = "multipod.producers";
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
  private final Admin admin;
  private final AtomicInteger queues = new AtomicInteger();
  private final HttpClient http =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();

  private QueueStack() throws IOException {
    broker = KafkaBroker.builder().with("group.share.min.record.lock.duration.ms", "1000").start();
    Path peers = Files.createTempDirectory("peers");
    producers = List.of(process("producer", 1, peers), process("producer", 2, peers));
    consumers = List.of(process("consumer", 1, peers), process("consumer", 2, peers));
    tell(peers, "producer", producers);
    tell(peers, "consumer", consumers);
    admin = broker.admin();
    Runtime.getRuntime().addShutdownHook(new Thread(this::close));
    producers.forEach(each -> each.awaitReady(CALL));
    consumers.forEach(each -> each.awaitReady(CALL));
    Await.until("the producers have divided the shares", CALL, this::divided);
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

  private ServiceProcess process(String service, int replica, Path peers) {
    return ServiceProcess.of(service)
        .replica(replica)
        .with(broker)
        .with("MULTIPOD_PEERS_DIRECTORY", peers.toString())
        .with("MULTIPOD_CONSUMER_LEASE_MARGIN", "200ms")
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

  private void close() {
    producers.forEach(ServiceProcess::close);
    consumers.forEach(ServiceProcess::close);
    admin.close(Duration.ZERO);
    broker.close();
  }

  /// Brings back what a test harmed and, when it failed, left behind: one failure is one failure.
  void heal() {
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
    Await.until("the producers have divided the shares", CALL, this::divided);
  }

  private boolean divided() {
    try {
      ConsumerGroupDescription group =
          Objects.requireNonNull(
              admin.describeConsumerGroups(List.of(PRODUCERS)).all().get().get(PRODUCERS));
      // Between two phases of a rebalance, what was taken from one is nobody's.
      int given =
          group.members().stream()
              .mapToInt(member -> member.assignment().topicPartitions().size())
              .sum();
      return group.groupState() == GroupState.STABLE
          && group.members().size() == producers.size()
          && given == SHARES;
    } catch (InterruptedException | ExecutionException e) {
      throw new IllegalStateException(e);
    }
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
    TopicPartition partition = new TopicPartition(topic, 0);
    try {
      Map<TopicPartition, ListOffsetsResultInfo> ends =
          admin.listOffsets(Map.of(partition, OffsetSpec.latest())).all().get();
      return Objects.requireNonNull(ends.get(partition)).offset();
    } catch (InterruptedException | ExecutionException e) {
      throw new IllegalStateException(e);
    }
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

  /// A call that may fail because its replica is gone.
  static Optional<Answer> attempt(Supplier<Answer> call) {
    try {
      return Optional.of(call.get());
    } catch (UncheckedIOException e) {
      return Optional.empty();
    }
  }
}
