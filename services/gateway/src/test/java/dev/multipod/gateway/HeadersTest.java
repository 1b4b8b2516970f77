package dev.multipod.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.multipod.gateway.Upstream.Connection;
import dev.multipod.gateway.Upstream.Request;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import java.io.IOException;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.Test;

@QuarkusTest
@WithTestResource(GatewayInFront.class)
class HeadersTest {
  private final BlockingQueue<Request> seen = new LinkedBlockingQueue<>();

  private Request upstreamSees(String headers) throws IOException, InterruptedException {
    String service = GatewayInFront.service();
    try (Upstream a =
            new Upstream(
                "a",
                (request, connection) -> {
                  seen.add(request);
                  connection.skipBody(request);
                  connection.answer("200 OK", "");
                });
        Socket socket = Calls.connect()) {
      GatewayInFront.replicas(service, a);
      Connection connection = new Connection("caller", socket);
      connection.write("GET /%s/x HTTP/1.1\r\nHost: shop:81\r\n%s\r\n".formatted(service, headers));
      connection.readHead();
      return seen.take();
    }
  }

  @Test
  void whatIsMeantForOneConnectionStaysOnIt() throws Exception {
    Request request =
        upstreamSees(
            """
            Connection: close, X-Mine , keep-alive\r
            Connection: x-also\r
            X-Mine: 1\r
            X-Also: 2\r
            X-Stays: 3\r
            Keep-Alive: timeout=5\r
            Proxy-Connection: keep-alive\r
            Proxy-Authorization: Basic eA==\r
            TE: trailers\r
            Trailer: X-T\r
            Upgrade: h2c\r
            """);
    for (String gone :
        List.of(
            "x-mine",
            "x-also",
            "keep-alive",
            "proxy-connection",
            "proxy-authorization",
            "te",
            "trailer",
            "upgrade",
            "connection")) {
      assertEquals(List.of(), request.all(gone), gone);
    }
    assertEquals(List.of("3"), request.all("x-stays"));
  }

  @Test
  void lengthAndHostCannotBeTakenAway() throws Exception {
    Request request =
        upstreamSees("Connection: content-length, host, x-forwarded-for\r\nContent-Length: 0\r\n");
    assertEquals(List.of("shop:81"), request.all("host"));
    assertEquals(List.of("127.0.0.1"), request.all("x-forwarded-for"));
  }

  @Test
  void whoAskedIsToldAndCannotBeClaimed() throws Exception {
    Request request =
        upstreamSees(
            """
            X-Forwarded-For: 9.9.9.9\r
            Forwarded: for=9.9.9.9\r
            X-Forwarded-Proto: https\r
            Via: 1.1 front\r
            """);
    assertEquals(List.of("127.0.0.1"), request.all("x-forwarded-for"));
    assertEquals(List.of("shop:81"), request.all("x-forwarded-host"));
    assertEquals(List.of("http"), request.all("x-forwarded-proto"));
    assertEquals(List.of("for=127.0.0.1;host=\"shop:81\";proto=http"), request.all("forwarded"));
    assertEquals(List.of("1.1 front, 1.1 multipod-gateway"), request.all("via"));
    assertEquals(List.of("shop:81"), request.all("host"));
  }

  private Request callerSees(String version, Upstream.Behaviour behaviour) throws IOException {
    String service = GatewayInFront.service();
    try (Upstream a = new Upstream("a", behaviour);
        Socket socket = Calls.connect()) {
      GatewayInFront.replicas(service, a);
      Connection connection = new Connection("caller", socket);
      connection.write("GET /%s/x HTTP/%s\r\nHost: gateway\r\n\r\n".formatted(service, version));
      return connection.readHead();
    }
  }

  @Test
  void whatTheReplicaMeansForOurConnectionStaysOnIt() throws Exception {
    Request answer =
        callerSees(
            "1.1",
            (request, connection) -> {
              connection.head(
                  "200 OK",
                  "Connection: close, X-Hop",
                  "X-Hop: 1",
                  "Keep-Alive: timeout=3",
                  "X-Stays: 2",
                  "Set-Cookie: a=1",
                  "Set-Cookie: b=2",
                  "Content-Length: 0");
              throw new IOException("close");
            });
    assertEquals(List.of(), answer.all("x-hop"));
    assertEquals(List.of(), answer.all("keep-alive"));
    assertFalse(answer.all("connection").contains("close"));
    assertEquals(List.of("2"), answer.all("x-stays"));
    assertEquals(List.of("a=1", "b=2"), answer.all("set-cookie"));
  }

  @Test
  void anAnswerWithoutABodyHasNoChunks() throws Exception {
    Request answer =
        callerSees("1.1", (request, connection) -> connection.head("204 No Content", "X-A: 1"));
    assertEquals("HTTP/1.1 204 No Content", answer.line());
    assertEquals(List.of(), answer.all("transfer-encoding"));
    Request notModified =
        callerSees(
            "1.1", (request, connection) -> connection.head("304 Not Modified", "ETag: \"1\""));
    assertEquals("HTTP/1.1 304 Not Modified", notModified.line());
    assertEquals(List.of("\"1\""), notModified.all("etag"));
  }

  @Test
  void anOldCallerGetsNoChunks() throws Exception {
    Request answer =
        callerSees(
            "1.0",
            (request, connection) -> {
              connection.head("200 OK", "Transfer-Encoding: chunked");
              connection.chunk("one");
              connection.write("0\r\n\r\n");
            });
    assertTrue(answer.line().contains(" 200 "), answer.line());
    assertEquals(List.of(), answer.all("transfer-encoding"));
  }

  @Test
  void headSaysTheLengthAndSendsNothing() throws Exception {
    String service = GatewayInFront.service();
    try (Upstream a =
            new Upstream(
                "a", (request, connection) -> connection.head("200 OK", "Content-Length: 42"));
        Socket socket = Calls.connect()) {
      GatewayInFront.replicas(service, a);
      Connection connection = new Connection("caller", socket);
      String request = "HEAD /%s/x HTTP/1.1\r\nHost: g\r\n\r\n".formatted(service);
      connection.write(request);
      assertEquals(List.of("42"), connection.readHead().all("content-length"));
      connection.write(request);
      assertEquals("HTTP/1.1 200 OK", connection.readHead().line());
    }
  }

  @Test
  void aTransferCodingThatIsNotKnownIsRefused() throws Exception {
    String service = GatewayInFront.service();
    try (Socket socket = Calls.connect()) {
      Connection connection = new Connection("caller", socket);
      connection.write(
          "POST /%s/x HTTP/1.1\r\nHost: g\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"
              .formatted(service));
      assertEquals("HTTP/1.1 501 Not Implemented", connection.readHead().line());
    }
  }
}
