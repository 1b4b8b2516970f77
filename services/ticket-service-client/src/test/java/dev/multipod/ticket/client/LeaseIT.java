package dev.multipod.ticket.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.multipod.testkit.Await;
import dev.multipod.testkit.PostgresServer;
import dev.multipod.testkit.ServiceProcess;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LeaseIT {
  private static final Duration TTL = Duration.ofSeconds(10);
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final PostgresServer POSTGRES = PostgresServer.start();
  private static final ServiceProcess SERVICE =
      ServiceProcess.of("ticket-service").with(POSTGRES).start();
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  private final String lock = "lock-" + UUID.randomUUID();
  private final LockClient locks = LockClient.builder(SERVICE.base()).ttl(TTL).build();

  @AfterAll
  static void stop() {
    HTTP.shutdownNow();
    SERVICE.close();
    POSTGRES.close();
  }

  @AfterEach
  void close() {
    locks.close();
  }

  @Test
  void theNextHasTheLockWhenItIsClosedAndAHigherToken() throws Exception {
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Lease first = locks.acquire(lock, Duration.ZERO);
      Future<Lease> second = threads.submit(() -> locks.acquire(lock, SOON));
      Await.until("it waits", SOON, () -> look().contains("\"waiters\":1"));
      assertFalse(second.isDone());

      first.close();

      try (Lease held = second.get()) {
        held.check();
        assertTrue(held.token() > first.token());
        assertTrue(look().contains("\"token\":" + held.token()), look());
      }
      assertThrows(LeaseLostException.class, first::check);
    }
    assertTrue(look().contains("\"held\":false"), look());
  }

  @Test
  void itIsHeldForLongerThanItsTimeAndNotGotByAnother() throws Exception {
    try (Lease lease = locks.acquire(lock, Duration.ZERO)) {
      LockUnavailableException failure =
          assertThrows(
              LockUnavailableException.class, () -> locks.acquire(lock, TTL.multipliedBy(2)));
      assertTrue(failure.toString().contains("423"), failure::toString);
      lease.check();
      assertFalse(lease.lost().toCompletableFuture().isDone());
    }
    assertTrue(look().contains("\"waiters\":0"), look());
  }

  @Test
  void aWaitLongerThanTheLeaseCostsNothingOfIt() throws Exception {
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<Lease> second;
      try (Lease first = locks.acquire(lock, Duration.ZERO)) {
        second = threads.submit(() -> locks.acquire(lock, SOON));
        assertThrows(
            LockUnavailableException.class,
            () -> locks.acquire(lock, TTL.multipliedBy(3).dividedBy(2)));
        first.check();
      }
      try (Lease held = second.get()) {
        held.check();
        assertTrue(held.left().compareTo(TTL.dividedBy(2)) > 0, () -> held.left().toString());
      }
    }
  }

  @Test
  void aLeaseThatWentToAnotherIsToldToItsHolder() throws Exception {
    try (Lease lease = locks.acquire(lock, Duration.ZERO)) {
      String id = look().replaceAll(".*\"owner\":\"([^\"]*)\".*", "$1");
      // Somebody who knows it gives it back behind its holder.
      HttpResponse<String> given =
          HTTP.send(
              HttpRequest.newBuilder(uri("/ticket-service/locks/%s/leases/%s".formatted(lock, id)))
                  .header("If-Match", "\"" + lease.token() + "\"")
                  .DELETE()
                  .build(),
              HttpResponse.BodyHandlers.ofString());
      assertEquals(204, given.statusCode(), given.body());

      LeaseLostException why =
          lease.lost().toCompletableFuture().get(SOON.toSeconds(), TimeUnit.SECONDS);

      assertTrue(why.toString().contains("412"), why::toString);
      assertThrows(LeaseLostException.class, lease::check);
    }
  }

  @Test
  void aLeaseThatCannotBeRenewedIsLostWhenItsTimeIsOverAndNotBefore() throws Exception {
    Lease lease = locks.acquire(lock, Duration.ZERO);
    SERVICE.pause();
    try {
      long left = lease.left().toNanos();
      long start = System.nanoTime();
      LeaseLostException why =
          lease.lost().toCompletableFuture().get(SOON.toSeconds(), TimeUnit.SECONDS);
      // A renewal may have been under way when the service was stopped.
      assertTrue(System.nanoTime() - start >= left - TTL.toNanos() / 10, "told too early");
      assertTrue(why.toString().contains("renewed in time"), why::toString);
      assertThrows(LeaseLostException.class, lease::check);
    } finally {
      SERVICE.resume();
    }
    lease.close();
    try (Lease next = locks.acquire(lock, SOON)) {
      assertTrue(next.token() > lease.token());
    }
  }

  @Test
  void whoWaitsGoesOnWaitingWhenTheServiceIsKilledAndStartedAgain() throws Exception {
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Lease first = locks.acquire(lock, Duration.ZERO);
      Future<Lease> second = threads.submit(() -> locks.acquire(lock, Duration.ofMinutes(2)));
      Await.until("it waits", SOON, () -> look().contains("\"waiters\":1"));

      SERVICE.kill();
      SERVICE.restart();

      // It may have been renewed again in time.
      first.close();
      try (Lease held = second.get()) {
        held.check();
        assertTrue(held.token() > first.token());
        assertThrows(LeaseLostException.class, first::check);
      }
    }
  }

  @Test
  void whoIsInterruptedLeavesTheLine() throws Exception {
    try (Lease held = locks.acquire(lock, Duration.ZERO);
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<Lease> waiting = threads.submit(() -> locks.acquire(lock, SOON));
      Await.until("it waits", SOON, () -> look().contains("\"waiters\":1"));

      waiting.cancel(true);

      Await.until("it left", SOON, () -> look().contains("\"waiters\":0"));
      held.check();
    }
  }

  @Test
  void whatTheServiceDoesNotTakeIsSaidAtOnce() {
    try (LockClient hasty = LockClient.builder(SERVICE.base()).ttl(Duration.ofMillis(1)).build()) {
      IllegalArgumentException failure =
          assertThrows(IllegalArgumentException.class, () -> hasty.acquire(lock, SOON));
      assertTrue(failure.toString().contains("500ms"), failure::toString);
      assertThrows(IllegalArgumentException.class, () -> locks.acquire("a b", SOON));
    }
  }

  @Test
  void aServiceThatIsNotThereIsNamed() {
    URI nowhere = URI.create("http://127.0.0.1:1");
    try (LockClient nobody = LockClient.at(nowhere)) {
      LockUnavailableException failure =
          assertThrows(
              LockUnavailableException.class, () -> nobody.acquire(lock, Duration.ofSeconds(1)));
      assertTrue(failure.toString().contains(nowhere.toString()), failure::toString);
    }
  }

  private static URI uri(String path) {
    return SERVICE.base().resolve(path);
  }

  private String look() {
    try {
      return HTTP.sendAsync(
              HttpRequest.newBuilder(uri("/ticket-service/locks/" + lock)).build(),
              HttpResponse.BodyHandlers.ofString())
          .get()
          .body();
    } catch (InterruptedException | ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }
}
