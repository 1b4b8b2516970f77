package dev.multipod.consumer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.multipod.consumer.History.Execution;
import dev.multipod.consumer.History.Outcome;
import dev.multipod.consumer.History.Wish;
import dev.multipod.consumer.QueueStack.Answer;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.BooleanSupplier;

/// Those who get the items of a queue and say what becomes of them, until they know whether it
/// held.
final class Eaters {
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private final QueueStack stack;
  private final Caller caller;
  private final String queue;
  private final Duration each;
  private final Hands hands;
  private final Queue<Execution> executions = new ConcurrentLinkedQueue<>();

  /// @param each how long they keep an item, or all of a batch
  Eaters(QueueStack stack, Caller caller, String queue, Duration each, Hands hands) {
    this.stack = stack;
    this.caller = caller;
    this.queue = queue;
    this.each = each;
    this.hands = hands;
  }

  /// What they did until now.
  List<Execution> executions() {
    return List.copyOf(executions);
  }

  /// One of them.
  ///
  /// @param batch how many items at most at once; 1 is a single get
  void get(int consumer, int batch, BooleanSupplier goesOn) throws IOException {
    String path =
        "/consumer/queues/%s/leases%s"
            .formatted(queue, batch == 1 ? "?timeout=1s" : "/batch?timeout=1s&max=" + batch);
    while (goesOn.getAsBoolean()) {
      long asked = System.nanoTime();
      Optional<Answer> answer = caller.ask(stack.consumers.get(consumer), "POST", path, "");
      Caller.expect(answer, Set.of(200, 204, 503));
      if (answer.isPresent() && answer.get().status() == 200) {
        eat(consumer, asked, answer.get());
      } else if (answer.isEmpty() || answer.get().status() == 503) {
        Caller.pause(Caller.PACE);
      }
    }
  }

  private void eat(int consumer, long asked, Answer answer) throws IOException {
    List<JsonNode> items = new ArrayList<>();
    for (String line : answer.text().lines().toList()) {
      items.add(new ObjectMapper().readTree(line));
    }
    Hands.Hand hand = hands.take(consumer, items.size());
    try {
      Caller.pause(each);
      List<JsonNode> good = new ArrayList<>();
      for (JsonNode item : items) {
        Wish wish = wish(item);
        if (wish == Wish.DONE) {
          good.add(item);
        } else {
          end(List.of(item), item.get("ackUrl").asText(), wish, asked);
        }
      }
      Optional<String> whole = answer.http().headers().firstValue("Multipod-Lease-Ack-Url");
      if (!good.isEmpty()) {
        end(good, whole.orElseGet(() -> items.getFirst().get("ackUrl").asText()), Wish.DONE, asked);
      }
    } finally {
      hands.drop(hand);
    }
  }

  /// Poison is given back whenever it is got; some others are the first time, or are rejected.
  private static Wish wish(JsonNode item) {
    String key = item.get("data").asText();
    int nth = Integer.parseInt(key.substring(key.indexOf('-') + 1));
    if (key.startsWith(History.POISON) || (nth % 13 == 7 && item.get("deliveries").asInt() == 1)) {
      return Wish.RELEASE;
    }
    return nth % 29 == 11 ? Wish.REJECT : Wish.DONE;
  }

  /// Says what becomes of items that end together, until it is known whether that held.
  private void end(List<JsonNode> items, String ackUrl, Wish wish, long asked) throws IOException {
    long begun = System.nanoTime();
    String path =
        ackUrl
            + switch (wish) {
              case DONE -> "/done";
              case REJECT -> "/reject";
              case RELEASE -> "/release";
            };
    Outcome outcome = Outcome.UNKNOWN;
    boolean first = true;
    boolean known = false;
    for (int turn = items.size();
        !known && System.nanoTime() - begun < PATIENCE.toNanos();
        turn++) {
      Optional<Answer> answer = caller.ask(stack.consumers.get(turn % 2), "POST", path, "");
      // 410 is the answer to a second asking alone.
      Caller.expect(answer, first ? Set.of(204, 409, 503) : Set.of(204, 409, 410, 503));
      int status = answer.map(Answer::status).orElse(503);
      known = status != 503;
      if (status == 204 || status == 410) {
        outcome = Outcome.CONFIRMED;
      } else if (status == 409) {
        outcome = first ? Outcome.LOST : Outcome.UNKNOWN;
      } else {
        Caller.pause(Caller.PACE);
      }
      first = false;
    }
    long ended = System.nanoTime();
    for (JsonNode item : items) {
      executions.add(
          new Execution(
              item.get("id").asText(),
              item.get("data").asText(),
              item.get("deliveries").asInt(),
              asked,
              begun,
              ended,
              wish,
              outcome));
    }
  }
}
