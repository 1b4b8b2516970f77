package dev.multipod.e2e;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
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
  void threeProducersJoinWhenTwoDaemonConsumersHaveEatenTheirNineDishes() {
    String queue = queue(3);
    String eaters =
        Multipod.postOnce("/consumer/runs", Map.of("queue", queue, "loops", 2, "each", "100ms"))
            .expect(201)
            .json()
            .path("url")
            .asText();
    List<String> producers =
        Stream.of("noodles", "rice", "soup")
            .map(dish -> Map.of("queue", queue, "dish", dish, "count", 3, "interval", "100ms"))
            .map(run -> Multipod.postOnce("/producer/runs", run).expect(201).json())
            .map(run -> run.path("url").asText())
            .toList();
    for (String producer : producers) {
      List<String> steps = Multipod.get(producer + "/events").expect(200).text().lines().toList();
      assertEquals(3, steps.stream().filter(step -> step.contains("\"put\"")).count());
      assertTrue(steps.getLast().contains("\"joined\""), steps::toString);
      assertEquals("joined", Multipod.get(producer).expect(200).json().path("state").asText());
    }
    JsonNode stopped = Multipod.send(Multipod.to(eaters).DELETE()).expect(200).json();
    assertEquals(9, stopped.path("eaten").asInt());
    Multipod.get("/producer/queues/%s/join?timeout=20s".formatted(queue)).expect(200);
  }

  @Test
  void ofAFifoQueueNothingIsHandedOutBeforeTheFirstIsDone() {
    String queue = Multipod.unique("queue");
    Multipod.Answer made = Multipod.put("/producer/queues/" + queue, Map.of("order", "fifo"));
    assertTrue(made.status() == 201 || made.status() == 200, made::text);
    List<String> numbers = IntStream.rangeClosed(1, 9).mapToObj(String::valueOf).toList();
    Multipod.postText(
            "/producer/queues/%s/items/batch".formatted(queue), String.join("\n", numbers))
        .expect(201);
    for (String wanted : numbers) {
      JsonNode item = take(queue);
      assertEquals(wanted, item.path("data").asText());
      Multipod.postText("/consumer/queues/%s/leases?timeout=0s".formatted(queue), "").expect(204);
      done(item);
    }
    Multipod.get("/producer/queues/%s/join?timeout=20s".formatted(queue)).expect(200);
  }

  @Test
  void whoPutsUnderANameJoinsItsOwnItems() {
    String queue = queue(3);
    String join = "/producer/queues/%s/join?scope=mine&timeout=%s";
    for (String name : List.of("ada", "bob")) {
      Multipod.send(
              Multipod.to("/producer/queues/%s/items?timeout=10s".formatted(queue))
                  .header("Idempotency-Key", name)
                  .header("Multipod-Putter", name)
                  .POST(HttpRequest.BodyPublishers.ofString(name)))
          .expect(201);
    }
    done(take(queue));
    Multipod.send(Multipod.to(join.formatted(queue, "20s")).header("Multipod-Putter", "ada"))
        .expect(200);
    Multipod.send(Multipod.to(join.formatted(queue, "0s")).header("Multipod-Putter", "bob"))
        .expect(202);
  }

  @Test
  void whoHasAnItemInHandIsShown() {
    String queue = queue(3);
    put(queue, "one", "10s").expect(201);
    JsonNode item = take(queue);
    JsonNode slots = Multipod.get("/consumer/slots?queue=" + queue).expect(200).json();
    assertEquals(1, slots.path("slots").size(), slots::toString);
    assertEquals(item.path("id"), slots.path("slots").path(0).path("item"));
    assertEquals("http", slots.path("slots").path(0).path("by").asText());
    done(item);
  }

  @Test
  void whatBelongsToAnItemComesBackWithIt() {
    String queue = queue(3);
    byte[] bytes = {(byte) 0xff, 0, '\n'};
    Multipod.send(
            Multipod.to("/producer/queues/%s/items?timeout=10s".formatted(queue))
                .header("Idempotency-Key", queue)
                .header("Content-Type", "image/x-dish; size=\"1\"")
                .header("Multipod-Item-Key", "table 7")
                .header("Multipod-Item-Header-Cook", "n%C3%BCdeln")
                .POST(HttpRequest.BodyPublishers.ofByteArray(bytes)))
        .expect(201);
    Multipod.Answer item =
        Multipod.send(
                Multipod.to("/consumer/queues/%s/leases?timeout=30s".formatted(queue))
                    .header("Accept", "application/octet-stream")
                    .POST(HttpRequest.BodyPublishers.noBody()))
            .expect(200);
    assertArrayEquals(bytes, item.bytes());
    assertEquals("image/x-dish; size=\"1\"", item.header("Content-Type"));
    assertEquals("table 7", item.header("Multipod-Item-Key"));
    assertEquals("n%C3%BCdeln", item.header("Multipod-Item-Header-cook"));
    Multipod.post(item.path("Multipod-Item-Ack-Url") + "/done").expect(204);
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

  @Test
  void whatWasRejectedIsShownAndPutBackAndADeletedQueueIsGone() {
    String queue = queue(3);
    String path = "/producer/queues/" + queue;
    put(queue, "burnt", "10s").expect(201);
    Multipod.post(take(queue).path("ackUrl").asText() + "/reject").expect(204);
    JsonNode letters = Multipod.get(path + "/dlq").expect(200).json();
    assertEquals(1, letters.path("total").asInt());
    assertEquals("burnt", letters.path("letters").path(0).path("data").asText());

    Multipod.postText(path + "/dlq/redrive", "").expect(200);
    JsonNode again = take(queue);
    assertEquals("burnt", again.path("data").asText());
    assertEquals(1, again.path("deliveries").asInt());
    done(again);

    Multipod.delete(path).expect(204);
    put(queue, "late", "0s").problem(404);
    assertEquals("queue-unknown", Multipod.get(path).problem(404));
  }
}
