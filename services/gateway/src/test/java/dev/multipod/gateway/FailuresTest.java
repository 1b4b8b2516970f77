package dev.multipod.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.multipod.gateway.Upstream.Connection;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

@QuarkusTest
@WithTestResource(GatewayInFront.class)
class FailuresTest {
  private static String dead(String name) throws IOException {
    try (ServerSocket closed = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return "%s 127.0.0.1 %d".formatted(name, closed.getLocalPort());
    }
  }

  private static String line(Upstream upstream) {
    return "%s 127.0.0.1 %d".formatted(upstream.name(), upstream.port());
  }

  @Test
  void noReplicaIs503WithRetryAfter() {
    HttpResponse<String> answer = Calls.get("/" + GatewayInFront.service() + "/x");
    assertEquals(503, answer.statusCode());
    assertEquals("no-replica", Calls.slug(answer));
    assertEquals("1", answer.headers().firstValue("Retry-After").orElse(""));
    assertEquals(
        "application/problem+json", answer.headers().firstValue("Content-Type").orElse(""));
  }

  @Test
  void allRefusingIs502() throws IOException {
    String service = GatewayInFront.service();
    GatewayInFront.replicas(service, List.of(dead("a"), dead("b")));
    HttpResponse<String> answer = Calls.post("/" + service + "/x", "body");
    assertEquals(502, answer.statusCode());
    assertEquals("upstream-unreachable", Calls.slug(answer));
    assertTrue(answer.body().contains("\"tried\":2"), answer.body());
  }

  @Test
  void aReplicaThatRefusesCostsNoRequestOfAnyMethod() throws IOException {
    String service = GatewayInFront.service();
    try (Upstream alive =
        new Upstream(
            "alive",
            (request, connection) ->
                connection.answer("200 OK", Long.toString(connection.skipBody(request))))) {
      GatewayInFront.replicas(service, List.of(dead("a"), line(alive), dead("b")));
      for (int i = 0; i < 20; i++) {
        assertEquals("4", Calls.post("/" + service + "/x", "body").body());
      }
    }
  }

  @Test
  void aReplicaThatDiesInsideAnAnswerOfKnownLengthCutsTheCallerToo() {
    cutInside(
        (request, connection) -> {
          connection.head("200 OK", "Content-Length: 100");
          connection.write("half");
          throw new IOException("die");
        });
  }

  @Test
  void aReplicaThatDiesInsideAChunkedAnswerCutsTheCallerToo() {
    cutInside(
        (request, connection) -> {
          connection.head("200 OK", "Transfer-Encoding: chunked");
          connection.chunk("half");
          throw new IOException("die");
        });
  }

  @Test
  void aResetInsideAnAnswerCutsTheCallerToo() {
    cutInside(
        (request, connection) -> {
          connection.head("200 OK", "Transfer-Encoding: chunked");
          connection.chunk("half");
          connection.reset();
        });
  }

  private static void cutInside(Upstream.Behaviour behaviour) {
    String service = GatewayInFront.service();
    try (Upstream a = new Upstream("a", behaviour)) {
      GatewayInFront.replicas(service, a);
      // More often than there are places: each cut answer gives its place back.
      for (int i = 0; i < GatewayInFront.MAX_PER_SERVICE + 5; i++) {
        assertThrows(
            IOException.class,
            () -> Calls.HTTP.send(Calls.to("/" + service + "/x").build(), BodyHandlers.ofString()));
      }
    }
  }

  /// Answers once on each connection, and closes it when the next request is there.
  private static Upstream closesWhenUsedAgain(String name, AtomicInteger closed) {
    Set<Socket> used = new HashSet<>();
    return new Upstream(
        name,
        (request, connection) -> {
          boolean again;
          synchronized (used) {
            again = !used.add(connection.socket);
          }
          connection.skipBody(request);
          if (again) {
            closed.incrementAndGet();
            throw new IOException("closed");
          }
          connection.answer("200 OK", name);
        });
  }

  @Test
  void anIdempotentRequestMeetingAClosingConnectionIsSentAgain() {
    String service = GatewayInFront.service();
    AtomicInteger closed = new AtomicInteger();
    try (Upstream a = closesWhenUsedAgain("a", closed)) {
      GatewayInFront.replicas(service, a);
      for (int i = 0; i < 10; i++) {
        assertEquals("a", Calls.get("/" + service + "/x").body());
      }
      assertTrue(closed.get() > 0);
    }
  }

  @Test
  void aRequestThatMayHaveActedIsNotSentAgain() {
    String service = GatewayInFront.service();
    AtomicInteger taken = new AtomicInteger();
    try (Upstream a =
        new Upstream(
            "a",
            (request, connection) -> {
              taken.incrementAndGet();
              throw new IOException("die");
            })) {
      GatewayInFront.replicas(service, a);
      HttpResponse<String> answer = Calls.post("/" + service + "/x", "");
      assertEquals(502, answer.statusCode());
      assertEquals("upstream-failed", Calls.slug(answer));
      assertTrue(answer.body().contains("\"replica\":\"a\""), answer.body());
      assertEquals(1, taken.get());
    }
  }

  @Test
  void anIdempotencyKeyMakesAPostSafeToSendAgain() {
    String service = GatewayInFront.service();
    AtomicInteger taken = new AtomicInteger();
    try (Upstream a =
        new Upstream(
            "a",
            (request, connection) -> {
              if (taken.incrementAndGet() == 1) {
                throw new IOException("die");
              }
              connection.answer("201 Created", "done");
            })) {
      GatewayInFront.replicas(service, a);
      HttpResponse<String> answer =
          Calls.send(
              Calls.to("/" + service + "/x")
                  .header("Idempotency-Key", "k1")
                  .POST(BodyPublishers.noBody()));
      assertEquals(201, answer.statusCode());
      assertEquals(2, taken.get());
    }
  }

  @Test
  void anAnswerThatIsNotHttpIs502() {
    String service = GatewayInFront.service();
    try (Upstream a =
        new Upstream("a", (request, connection) -> connection.write("SSH-2.0-OpenSSH_9\r\n\r\n"))) {
      GatewayInFront.replicas(service, a);
      assertEquals("upstream-failed", Calls.slug(Calls.post("/" + service + "/x", "")));
    }
  }

  @Test
  void noAnswerInTimeIs504() {
    String service = GatewayInFront.service();
    CountDownLatch never = new CountDownLatch(1);
    try (Upstream a = new Upstream("a", (request, connection) -> hang(never))) {
      GatewayInFront.replicas(service, a);
      for (HttpResponse<String> answer :
          List.of(Calls.get("/" + service + "/x"), Calls.post("/" + service + "/x", "body"))) {
        assertEquals(504, answer.statusCode());
        assertEquals("upstream-timeout", Calls.slug(answer));
      }
    } finally {
      never.countDown();
    }
  }

  private static void hang(CountDownLatch until) throws IOException {
    try {
      if (!until.await(60, TimeUnit.SECONDS)) {
        throw new IOException("nobody let go");
      }
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  @Test
  void aCallerThatLeavesIsSeenByTheReplica() throws Exception {
    String service = GatewayInFront.service();
    CompletableFuture<Integer> end = new CompletableFuture<>();
    CountDownLatch there = new CountDownLatch(1);
    try (Upstream a =
        new Upstream(
            "a",
            (request, connection) -> {
              there.countDown();
              try {
                end.complete(connection.in.read());
              } catch (IOException reset) {
                end.complete(-1);
              }
            })) {
      GatewayInFront.replicas(service, a);
      try (Socket socket = Calls.connect()) {
        new Connection("caller", socket)
            .write("GET /%s/x HTTP/1.1\r\nHost: g\r\n\r\n".formatted(service));
        there.await();
      }
      assertEquals(-1, end.get(10, TimeUnit.SECONDS));
    }
  }

  @Test
  void aCallerThatLeavesInsideAnUploadIsSeenByTheReplica() throws Exception {
    String service = GatewayInFront.service();
    CompletableFuture<Boolean> cut = new CompletableFuture<>();
    CountDownLatch there = new CountDownLatch(1);
    try (Upstream a =
        new Upstream(
            "a",
            (request, connection) -> {
              there.countDown();
              try {
                long all = connection.skipBody(request);
                cut.complete(all < 0);
              } catch (IOException e) {
                cut.complete(true);
              }
            })) {
      GatewayInFront.replicas(service, a);
      try (Socket socket = Calls.connect()) {
        new Connection("caller", socket)
            .write(
                "PUT /%s/x HTTP/1.1\r\nHost: g\r\nContent-Length: 100\r\n\r\nhalf"
                    .formatted(service));
        there.await();
      }
      assertTrue(cut.get(10, TimeUnit.SECONDS));
    }
  }

  @Test
  void moreThanTheLimitAtOnceIs503AndThePlacesComeBack() throws Exception {
    String service = GatewayInFront.service();
    CountDownLatch go = new CountDownLatch(1);
    try (Upstream a =
        new Upstream(
            "a",
            (request, connection) -> {
              if (request.line().contains("/held")) {
                hang(go);
              }
              connection.answer("200 OK", "done");
            })) {
      GatewayInFront.replicas(service, a);
      List<CompletableFuture<HttpResponse<String>>> held = new ArrayList<>();
      for (int i = 0; i < GatewayInFront.MAX_PER_SERVICE; i++) {
        held.add(
            Calls.HTTP.sendAsync(
                Calls.to("/" + service + "/held").build(), BodyHandlers.ofString()));
      }
      Await.until("all are held", () -> a.requests() == GatewayInFront.MAX_PER_SERVICE);
      HttpResponse<String> busy = Calls.get("/" + service + "/x");
      assertEquals(503, busy.statusCode());
      assertEquals("gateway-busy", Calls.slug(busy));
      go.countDown();
      for (CompletableFuture<HttpResponse<String>> one : held) {
        assertEquals(200, one.get(10, TimeUnit.SECONDS).statusCode());
      }
      assertEquals(200, Calls.get("/" + service + "/x").statusCode());
    }
  }

  @Test
  void anEarlyRefusalOfABodyReachesTheCaller() throws Exception {
    String service = GatewayInFront.service();
    try (Upstream a =
            new Upstream(
                "a",
                (request, connection) -> {
                  connection.answer("413 Content Too Large", "too large");
                  connection.skipBody(request);
                });
        Socket socket = Calls.connect()) {
      GatewayInFront.replicas(service, a);
      Connection caller = new Connection("caller", socket);
      caller.write(
          "POST /%s/x HTTP/1.1\r\nHost: g\r\nContent-Length: 1000000\r\n\r\nstart"
              .formatted(service));
      Upstream.Request refusal = caller.readHead();
      assertTrue(refusal.line().startsWith("HTTP/1.1 413"));
      // Nobody may send a next request behind a body that was not wanted.
      assertEquals(List.of("close"), refusal.all("connection"));
    }
  }
}
