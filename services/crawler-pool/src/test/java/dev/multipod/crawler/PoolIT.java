package dev.multipod.crawler;

import static dev.multipod.crawler.Client.expect;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.multipod.crawler.Client.Answer;
import dev.multipod.testkit.Await;
import dev.multipod.testkit.ServiceProcess;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(SharedRig.class)
final class PoolIT {
  private static final Set<Long> SQUARES =
      IntStream.range(0, 10).mapToObj(n -> (long) n * n).collect(Collectors.toSet());

  private final Rig rig;
  private final Client one;
  private final Client two;

  PoolIT(Rig rig) {
    this.rig = rig;
    this.one = new Client(rig.first);
    this.two = new Client(rig.second);
  }

  private static String squares(int from, int to, String sleep) {
    return IntStream.range(from, to)
        .mapToObj(n -> "{\"kind\":\"square\",\"n\":%d,\"sleep\":\"%s\"}".formatted(n, sleep))
        .collect(Collectors.joining(",", "[", "]"));
  }

  private static List<JsonNode> results(Client client, String pool) {
    return expect(200, client.get("/pools/" + pool + "/results"))
        .body()
        .lines()
        .map(Client::parse)
        .toList();
  }

  private static Set<Long> values(List<JsonNode> results) {
    return results.stream()
        .map(task -> task.path("result").path("value").asLong())
        .collect(Collectors.toCollection(TreeSet::new));
  }

  @Test
  void tenSquaresRunFourAtATimeOverTwoReplicas() throws InterruptedException {
    String pool = Rig.name();
    one.makePool(pool, 4);
    AtomicBoolean joined = new AtomicBoolean();
    CompletableFuture<Long> mostSeen =
        CompletableFuture.supplyAsync(
            () -> {
              long most = 0;
              while (!joined.get()) {
                most =
                    Math.max(
                        most,
                        two.get("/pools/" + pool).json().path("tasks").path("running").asLong());
              }
              return most;
            });

    two.submitted(pool, squares(0, 10, "300ms"));
    JsonNode end = one.drained(pool);
    joined.set(true);

    assertEquals(10, end.path("tasks").path("succeeded").asInt());
    assertTrue(mostSeen.join() <= 4);
    assertEquals(4, rig.mostAtOnce(pool));
    List<JsonNode> results = results(one, pool);
    assertEquals(10, results.size());
    assertEquals(SQUARES, values(results));
    assertEquals(10, rig.runs(pool, "succeeded"));
  }

  @Test
  void aReplicaKilledInTheMiddleLosesNothingAndExceedsNothing() {
    String pool = Rig.name();
    two.makePool(pool, 4);
    try (ServiceProcess doomed = rig.replica(3).start()) {
      // The others sleep meanwhile: whoever ends a task takes the next, and this one might get
      // none.
      rig.first.pause();
      rig.second.pause();
      try {
        new Client(doomed).submitted(pool, squares(0, 10, "1500ms"));
        Await.until(
            "the third replica works",
            Duration.ofSeconds(20),
            () -> rig.underWay(pool, "crawler-pool-3") > 0);
        doomed.kill();
      } finally {
        rig.first.resume();
        rig.second.resume();
      }
    }

    JsonNode end = two.drained(pool);

    assertEquals(10, end.path("tasks").path("succeeded").asInt());
    List<JsonNode> results = results(two, pool);
    assertEquals(10, results.size());
    assertEquals(SQUARES, values(results));
    assertTrue(rig.mostAtOnce(pool) <= 4);
    assertTrue(rig.runs(pool, "lost") > 0);
    assertEquals(10, rig.runs(pool, "succeeded"));
  }

  @Test
  void aTaskWhoseWorkersDieAgainAndAgainFailsAndJoinReturns() {
    String pool = Rig.name();
    one.makePool(pool, 1);
    long task;
    // The others sleep meanwhile: only the doomed one runs it.
    rig.first.pause();
    rig.second.pause();
    try (ServiceProcess doomed = rig.replica(5).start()) {
      task = new Client(doomed).submitted(pool, squares(3, 4, "60s")).getFirst();
      for (int death = 1; death <= 3; death++) {
        int runs = death;
        Await.until(
            "run " + death,
            Duration.ofSeconds(60),
            () -> rig.underWay(pool, "crawler-pool-5") == 1 && rig.runs(pool, "lost") == runs - 1);
        doomed.kill();
        if (death < 3) {
          doomed.restart();
        }
      }
    } finally {
      rig.first.resume();
      rig.second.resume();
    }

    assertEquals("worker-lost", one.ended(task).path("error").path("code").asText());
    assertEquals(1, two.drained(pool).path("tasks").path("failed").asInt());
    assertEquals(3, rig.runs(pool, "lost"));
  }

  @Test
  void aReplicaThatSleptThroughItsLeaseAddsNoResult() {
    String pool = Rig.name();
    one.makePool(pool, 2);
    rig.first.pause();
    rig.second.pause();
    try (ServiceProcess sleeper =
        rig.replica(6).with("MULTIPOD_CRAWLER_CLAIM_LEASE", "1s").start()) {
      new Client(sleeper).submitted(pool, squares(0, 2, "2s"));
      Await.until(
          "the sixth replica works",
          Duration.ofSeconds(20),
          () -> rig.underWay(pool, "crawler-pool-6") > 0);
      sleeper.pause();
      rig.first.resume();
      rig.second.resume();
      assertEquals(2, one.drained(pool).path("tasks").path("succeeded").asInt());
      long runs = rig.runs(pool, "succeeded");

      sleeper.resume();
      sleeper.awaitReady(Duration.ofSeconds(30));

      assertEquals(2, runs);
      assertEquals(2, rig.runs(pool, "succeeded"));
      assertEquals(Set.of(0L, 1L), values(results(two, pool)));
      assertTrue(rig.mostAtOnce(pool) <= 2);
    } finally {
      rig.first.resume();
      rig.second.resume();
    }
  }

  @Test
  void aTerminatedReplicaHandsItsTasksBack() {
    String pool = Rig.name();
    two.makePool(pool, 64);
    boolean byItself;
    AtomicInteger submitted = new AtomicInteger();
    try (ServiceProcess leaving =
        rig.replica(4).with("MULTIPOD_CRAWLER_CLAIM_DRAIN", "100ms").start()) {
      Client client = new Client(leaving);
      // One by one: whichever replica is the first to claim a task, this one gets some of them.
      Await.until(
          "the fourth replica works",
          Duration.ofSeconds(20),
          () -> {
            if (submitted.get() < 40) {
              client.submitted(pool, squares(0, 1, "6s"));
              submitted.incrementAndGet();
            }
            return rig.underWay(pool, "crawler-pool-4") > 0;
          });
      byItself = leaving.stop(Duration.ofSeconds(30));
    }

    assertTrue(byItself);
    assertEquals(submitted.get(), two.drained(pool).path("tasks").path("succeeded").asInt());
    assertTrue(rig.runs(pool, "handed-back") > 0);
    assertEquals(0, rig.runs(pool, "lost"));
    assertEquals(
        1,
        rig.count(
            "SELECT max(t.attempts) FROM crawler.task t JOIN crawler.pool p ON p.id = t.pool"
                + " WHERE p.name = ?",
            pool));
  }

  @Test
  void threePagesOfTheSiteAreThreeExactLines() {
    String pool = Rig.name();
    one.makePool(pool, 4);
    String tasks =
        List.of("/pool", "/gr%C3%BC%C3%9Fe", "/池").stream()
            .map(path -> "{\"kind\":\"fetch\",\"url\":\"%s\"}".formatted(rig.demoUrl(path)))
            .collect(Collectors.joining(",", "[", "]"));

    two.submitted(pool, tasks);
    one.drained(pool);

    Answer file = expect(200, two.get("/pools/" + pool + "/results", "Accept", "text/plain"));
    assertEquals(
        Set.of(
            "url:%s size:44".formatted(rig.demoUrl("/pool")),
            "url:%s size:41".formatted(rig.demoUrl("/gr%C3%BC%C3%9Fe")),
            "url:%s size:30".formatted(rig.demoUrl("/池"))),
        file.body().lines().collect(Collectors.toSet()));
    assertEquals(3, file.body().lines().count());
    assertTrue(file.body().endsWith("\n"));
  }
}
