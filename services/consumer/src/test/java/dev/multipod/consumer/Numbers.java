package dev.multipod.consumer;

import static dev.multipod.consumer.QueueStack.expect;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.multipod.consumer.QueueStack.Answer;
import dev.multipod.testkit.Await;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// A fifo queue of the numbers from 0, and what was handed out of it.
final class Numbers {
  static final String FIFO = "\"order\": \"fifo\"";
  static final Duration PATIENCE = Duration.ofMinutes(2);

  /// A lease of some items: where all of it, and each of it, is acknowledged.
  record Batch(String ackUrl, List<Integer> items, List<String> each) {}

  final String queue;
  final HandOutHistory history = new HandOutHistory();
  private final QueueStack stack;
  private int next;

  /// @param items how many there are at first
  /// @param more members of the queue's definition
  Numbers(QueueStack stack, int items, String more) {
    this.stack = stack;
    this.queue = stack.queue(FIFO + more);
    put(items);
  }

  /// Puts the next numbers.
  void put(int items) {
    String lines =
        IntStream.range(next, next + items).mapToObj(n -> n + "\n").collect(Collectors.joining());
    next += items;
    expect(
        201,
        stack.call(
            stack.producers.getFirst(),
            "POST",
            "/producer/queues/%s/items/batch?timeout=30s".formatted(queue),
            lines,
            "Idempotency-Key",
            UUID.randomUUID().toString()));
  }

  Optional<Batch> takeMany(int consumer, int max, String timeout) {
    Answer answer =
        stack.call(
            stack.consumers.get(consumer),
            "POST",
            "/consumer/queues/%s/leases/batch?max=%d&timeout=%s".formatted(queue, max, timeout),
            "");
    if (answer.status() != 200) {
      return Optional.empty();
    }
    List<Integer> items = new ArrayList<>();
    List<String> each = new ArrayList<>();
    for (String line : answer.text().strip().split("\n", -1)) {
      JsonNode item = json(line);
      items.add(Integer.parseInt(item.get("data").asText()));
      each.add(item.get("ackUrl").asText());
    }
    history.handedOut(items);
    String ackUrl = answer.http().headers().firstValue("Multipod-Lease-Ack-Url").orElseThrow();
    return Optional.of(new Batch(ackUrl, items, each));
  }

  private static JsonNode json(String line) {
    try {
      return new ObjectMapper().readTree(line);
    } catch (IOException e) {
      throw new UncheckedIOException(line, e);
    }
  }

  /// Finishes all of a lease, through any replica.
  Answer done(int consumer, Batch batch) {
    batch.items.forEach(history::finishing);
    return stack.acknowledge(consumer, batch.ackUrl, "done");
  }

  int holder(String ackUrl) {
    for (int i = 0; i < stack.consumers.size(); i++) {
      if (ackUrl.contains("/" + stack.consumers.get(i).name() + ".")) {
        return i;
      }
    }
    throw new AssertionError(ackUrl);
  }

  /// What is taken at last.
  static Batch eventually(Supplier<Optional<Batch>> take) {
    List<Batch> taken = new ArrayList<>();
    Await.until(
        "a lease",
        PATIENCE,
        () -> {
          take.get().ifPresent(taken::add);
          return !taken.isEmpty();
        });
    return taken.getFirst();
  }

  /// Takes and finishes what is left, one lease after the other.
  void eatRest(int consumer, int max) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (stack.join(0, queue, "0s").status() != 200) {
      assertTrue(System.nanoTime() < deadline, "the queue is not eaten in time");
      takeMany(consumer, max, "5s").ifPresent(batch -> done(consumer, batch));
    }
    assertEquals(List.of(), history.violations(Set.of()));
  }

  /// What was handed out too often. Its death counts as its end.
  Set<Integer> dead() {
    Set<Integer> dead = new HashSet<>();
    for (JsonNode letter : letters().get("letters")) {
      dead.add(Integer.parseInt(letter.get("data").asText()));
    }
    return dead;
  }

  JsonNode letters() {
    return stack
        .call(stack.producers.getFirst(), "GET", "/producer/queues/%s/dlq".formatted(queue), "")
        .json();
  }
}
