package dev.multipod.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.multipod.gateway.Upstream.Connection;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import java.io.IOException;
import java.net.Socket;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

@QuarkusTest
@WithTestResource(GatewayInFront.class)
class RoutingTest {
  @Test
  void everyRequestOfOneConnectionGoesToTheNextReplica() throws IOException {
    String service = GatewayInFront.service();
    try (Upstream a = Upstream.polite("a");
        Upstream b = Upstream.polite("b");
        Upstream c = Upstream.polite("c");
        Socket socket = Calls.connect()) {
      GatewayInFront.replicas(service, a, b, c);
      Connection connection = new Connection("caller", socket);
      List<String> names = new ArrayList<>();
      for (int i = 0; i < 9; i++) {
        connection.write("GET /%s/x HTTP/1.1\r\nHost: gateway\r\n\r\n".formatted(service));
        Upstream.Request answer = connection.readHead();
        connection.skipBody(answer);
        names.addAll(answer.all("multipod-replica"));
      }
      assertEquals(9, names.size(), names.toString());
      for (int i = 0; i + 3 <= 9; i++) {
        assertEquals(3, names.subList(i, i + 3).stream().distinct().count(), names.toString());
      }
    }
  }

  @Test
  void theTargetPassesAsItWasSent() throws IOException {
    String service = GatewayInFront.service();
    try (Upstream a = Upstream.polite("a");
        Socket socket = Calls.connect()) {
      GatewayInFront.replicas(service, a);
      String target = "/" + service + "/x%2Fy/../z//?q=a%20b&c=%C3%A4+;d";
      Connection connection = new Connection("caller", socket);
      connection.write("GET %s HTTP/1.1\r\nHost: gateway\r\n\r\n".formatted(target));
      Upstream.Request answer = connection.readHead();
      byte[] body = connection.in.readNBytes((int) answer.length());
      assertEquals(
          "a GET " + target + " HTTP/1.1",
          new String(body, java.nio.charset.StandardCharsets.UTF_8));
    }
  }

  @Test
  void theServiceAloneIsRoutedToo() {
    String service = GatewayInFront.service();
    try (Upstream a = Upstream.polite("a")) {
      GatewayInFront.replicas(service, a);
      assertEquals(
          "a GET /%s?x HTTP/1.1".formatted(service), Calls.get("/" + service + "?x").body());
    }
  }

  @Test
  void anUnknownFirstSegmentIsAProblemThatListsTheServices() {
    for (String path : List.of("/nope/x", "/q/health", "//s1/x", "/S1/x", "/%73" + "1/x")) {
      HttpResponse<String> answer = Calls.get(path);
      assertEquals(404, answer.statusCode(), path);
      assertEquals("unknown-service", Calls.slug(answer), path);
      assertTrue(answer.body().contains("\"s1\""), path);
    }
  }

  @Test
  void theNameInTheAnswerIsThatOfTheReplicaAlone() {
    String service = GatewayInFront.service();
    try (Upstream a = Upstream.polite("a")) {
      GatewayInFront.replicas(service, a);
      assertEquals("a", Calls.replica(Calls.get("/" + service + "/x")));
    }
  }

  @Test
  void theGatewayTellsItsOwnName() {
    assertTrue(Calls.get("/gateway/replica").body().contains("\"service\":\"gateway\""));
  }

  @Test
  void everyMethodAndItsBodyPass() {
    String service = GatewayInFront.service();
    try (Upstream a =
        new Upstream(
            "a",
            (request, connection) ->
                connection.answer("200 OK", request.line() + " " + connection.skipBody(request)))) {
      GatewayInFront.replicas(service, a);
      String path = "/" + service + "/x";
      for (String method : List.of("POST", "PUT", "PATCH", "DELETE", "OPTIONS", "REPORT")) {
        assertEquals(
            method + " " + path + " HTTP/1.1 5",
            Calls.send(Calls.to(path).method(method, BodyPublishers.ofString("hello"))).body());
        assertEquals(
            method + " " + path + " HTTP/1.1 0",
            Calls.send(Calls.to(path).method(method, BodyPublishers.noBody())).body());
      }
    }
  }

  @Test
  void connectionsToAReplicaAreUsedAgain() {
    String service = GatewayInFront.service();
    java.util.Set<Integer> ports = java.util.concurrent.ConcurrentHashMap.newKeySet();
    try (Upstream a =
        new Upstream(
            "a",
            (request, connection) -> {
              ports.add(connection.socket.getPort());
              connection.answer("200 OK", "");
            })) {
      GatewayInFront.replicas(service, a);
      IntStream.range(0, 20).forEach(i -> Calls.get("/" + service + "/x"));
      assertTrue(ports.size() <= 2, "20 requests took " + ports.size() + " connections");
    }
  }
}
