package dev.multipod.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class QueueTest {
  private static String queue(int maxsize) {
    String queue = Multipod.unique("queue");
    Multipod.Answer made = Multipod.put("/producer/queues/" + queue, Map.of("maxsize", maxsize));
    // 200 when the producers had to repeat it among themselves.
    assertTrue(made.status() == 201 || made.status() == 200, made::text);
    return queue;
  }

  private static Multipod.Answer put(String queue, String item, String timeout) {
    return Multipod.postText(
        "/producer/queues/%s/items?timeout=%s".formatted(queue, timeout), item);
  }

  private static JsonNode take(String queue) {
    return Multipod.postText("/consumer/queues/%s/leases?timeout=30s".formatted(queue), "")
        .expect(200)
        .json();
  }

  private static void done(JsonNode item) {
    Multipod.post(item.path("ackUrl").asText() + "/done").expect(204);
  }

  @Test
  void firstSecondThirdComeOutInThatOrderAndAFourthPutBlocksUntilOneIsTaken() throws Exception {
    String queue = queue(3);
    for (String item : List.of("first", "second", "third")) {
      put(queue, item, "10s").expect(201);
    }
    assertEquals("queue-full", put(queue, "fourth", "0s").problem(429));
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      long begun = System.nanoTime();
      Future<Multipod.Answer> refused = threads.submit(() -> put(queue, "fourth", "1s"));
      assertEquals("queue-full", refused.get().problem(429));
      assertTrue(Duration.ofNanos(System.nanoTime() - begun).toMillis() >= 1000);
      Future<Multipod.Answer> fourth = threads.submit(() -> put(queue, "fourth", "50s"));
      JsonNode first = take(queue);
      assertEquals("first", first.path("data").asText());
      fourth.get().expect(201);
      done(first);
    }
    for (String wanted : List.of("second", "third", "fourth")) {
      JsonNode item = take(queue);
      assertEquals(wanted, item.path("data").asText());
      done(item);
    }
    Multipod.get("/producer/queues/%s/join?timeout=20s".formatted(queue)).expect(200);
  }

  @Test
  void joinReturnsAfterTheLastTaskDoneAndNotBefore() throws Exception {
    String queue = queue(10);
    put(queue, "one", "10s").expect(201);
    put(queue, "two", "10s").expect(201);
    JsonNode one = take(queue);
    JsonNode two = take(queue);
    done(one);
    int unfinished = 0;
    // For a moment it may be one too many (a transaction's marker), never too few.
    for (int look = 0; look < 40 && unfinished != 1; look++) {
      unfinished =
          Multipod.get("/producer/queues/%s/join?timeout=500ms".formatted(queue))
              .expect(202)
              .json()
              .path("unfinished")
              .asInt();
    }
    assertEquals(1, unfinished);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<Multipod.Answer> join =
          threads.submit(
              () -> Multipod.get("/producer/queues/%s/join?timeout=50s".formatted(queue)));
      done(two);
      join.get().expect(200);
    }
  }

  @Test
  void linesAreAsManyItemsAndWhatFindsNoPlaceIsTold() {
    String queue = queue(3);
    String batch = "/producer/queues/%s/items/batch".formatted(queue);
    Multipod.Answer full = Multipod.postText(batch, "one\ntwo\nthree\nfour\n");
    assertEquals("queue-full", full.problem(429));
    assertEquals(3, full.json().path("put").asInt());
    for (String wanted : List.of("one", "two", "three")) {
      JsonNode item = take(queue);
      assertEquals(wanted, item.path("data").asText());
      done(item);
    }
    Multipod.get("/producer/queues/%s/join?timeout=20s".formatted(queue)).expect(200);
  }

  @Test
  void aFewCallsFillAQueueAndDrainIt() throws Exception {
    String queue = queue(0);
    List<String> numbers = IntStream.rangeClosed(1, 200).mapToObj(String::valueOf).toList();
    Multipod.postText(
            "/producer/queues/%s/items/batch".formatted(queue), String.join("\n", numbers))
        .expect(201);
    List<String> eaten = new ArrayList<>();
    while (eaten.size() < numbers.size()) {
      Multipod.Answer batch =
          Multipod.postText(
                  "/consumer/queues/%s/leases/batch?max=60&timeout=30s".formatted(queue), "")
              .expect(200);
      for (String line : batch.text().lines().toList()) {
        eaten.add(new ObjectMapper().readTree(line).path("data").asText());
      }
      Multipod.post(batch.path("Multipod-Lease-Ack-Url") + "/done").expect(204);
    }
    assertEquals(Set.copyOf(numbers), Set.copyOf(eaten));
    assertEquals(numbers.size(), eaten.size());
    Multipod.get("/producer/queues/%s/join?timeout=20s".formatted(queue)).expect(200);
  }

  @Test
  void anEmptyQueueGivesNothing() {
    String queue = queue(3);
    Multipod.postText("/consumer/queues/%s/leases?timeout=0s".formatted(queue), "").expect(204);
  }

  @Test
  void taskDoneTwiceIsOnceTooOften() {
    String queue = queue(3);
    put(queue, "one", "10s").expect(201);
    JsonNode item = take(queue);
    done(item);
    Multipod.post(item.path("ackUrl").asText() + "/done").problem(410);
  }

  @Test
  void creatingTheSameQueueAgainIsFineAndAnotherOneOfThatNameIsNot() {
    String queue = queue(3);
    Multipod.put("/producer/queues/" + queue, Map.of("maxsize", 3)).expect(200);
    Multipod.put("/producer/queues/" + queue, Map.of("maxsize", 4)).problem(409);
  }
}
