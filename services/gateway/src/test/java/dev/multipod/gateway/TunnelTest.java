package dev.multipod.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.multipod.gateway.Upstream.Connection;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import java.net.Socket;
import java.net.URI;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

@QuarkusTest
@WithTestResource(GatewayInFront.class)
class TunnelTest {
  private final BlockingQueue<String> heard = new LinkedBlockingQueue<>();

  private final class Listener implements WebSocket.Listener {
    private final StringBuilder text = new StringBuilder();
    private long bytes;

    @Override
    public CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
      text.append(data);
      if (last) {
        heard.add(text.toString());
        text.setLength(0);
      }
      return WebSocket.Listener.super.onText(socket, data, last);
    }

    @Override
    public CompletionStage<?> onBinary(WebSocket socket, ByteBuffer data, boolean last) {
      bytes += data.remaining();
      if (last) {
        heard.add("bytes " + bytes);
        bytes = 0;
      }
      return WebSocket.Listener.super.onBinary(socket, data, last);
    }

    @Override
    public CompletionStage<?> onClose(WebSocket socket, int status, String reason) {
      heard.add("closed " + status);
      return WebSocket.Listener.super.onClose(socket, status, reason);
    }
  }

  private WebSocket open(String service) {
    return Calls.HTTP
        .newWebSocketBuilder()
        .subprotocols("echo")
        .buildAsync(
            URI.create("ws://127.0.0.1:%d/%s/socket".formatted(Calls.port(), service)),
            new Listener())
        .orTimeout(10, TimeUnit.SECONDS)
        .join();
  }

  private String next() throws InterruptedException {
    String message = heard.poll(10, TimeUnit.SECONDS);
    return message == null ? "nothing" : message;
  }

  @Test
  void aWebSocketPassesBothWaysUntilEitherSideCloses() throws Exception {
    String service = GatewayInFront.service();
    try (Upstream a = new Upstream("a", WebSocketEcho::serve)) {
      GatewayInFront.replicas(service, a);
      WebSocket socket = open(service);
      assertEquals("echo", socket.getSubprotocol());
      assertEquals("welcome to /" + service + "/socket", next());
      socket.sendText("hello", true).join();
      assertEquals("HELLO", next());
      socket.sendBinary(ByteBuffer.allocate(5_000_000), true).join();
      assertEquals("bytes 5000000", next());
      socket.sendText("bye", true).join();
      assertEquals("closed 4001", next());
    }
  }

  @Test
  void aRefusedUpgradePassesTheReplicasAnswer() throws Exception {
    String service = GatewayInFront.service();
    try (Upstream a =
            new Upstream(
                "a", (request, connection) -> connection.answer("403 Forbidden", "not you"));
        Socket socket = Calls.connect()) {
      GatewayInFront.replicas(service, a);
      Connection caller = new Connection("caller", socket);
      caller.write(upgrade(service));
      Upstream.Request answer = caller.readHead();
      assertEquals("HTTP/1.1 403 Forbidden", answer.line());
      assertEquals(List.of("a"), answer.all("multipod-replica"));
      assertEquals(
          "not you", new String(caller.in.readNBytes(7), java.nio.charset.StandardCharsets.UTF_8));
    }
  }

  @Test
  void anUpgradeWithoutAReplicaIsAProblem() throws Exception {
    try (Socket socket = Calls.connect()) {
      Connection caller = new Connection("caller", socket);
      caller.write(upgrade(GatewayInFront.service()));
      assertTrue(caller.readHead().line().startsWith("HTTP/1.1 503"));
    }
  }

  @Test
  void whatFollowsTheUpgradeAtOnceIsNotLostAndTheEndOfOneSideEndsTheOther() throws Exception {
    String service = GatewayInFront.service();
    try (Upstream a =
            new Upstream(
                "a",
                (request, connection) -> {
                  assertEquals(List.of("upgrade"), request.all("connection"));
                  assertEquals(List.of("chat"), request.all("upgrade"));
                  connection.write(
                      "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: chat\r\n\r\nfirst\n");
                  assertEquals("hi", connection.readLine());
                  connection.write("second\n");
                  throw new java.io.IOException("end");
                });
        Socket socket = Calls.connect()) {
      GatewayInFront.replicas(service, a);
      Connection caller = new Connection("caller", socket);
      caller.write(upgrade(service).replace("websocket", "chat"));
      assertEquals("HTTP/1.1 101 Switching Protocols", caller.readHead().line());
      assertEquals("first", caller.readLine());
      caller.write("hi\n");
      assertEquals("second", caller.readLine());
      assertEquals(-1, caller.in.read());
    }
  }

  private static String upgrade(String service) {
    return """
        GET /%s/socket HTTP/1.1\r
        Host: g\r
        Connection: keep-alive, Upgrade\r
        Upgrade: websocket\r
        Sec-WebSocket-Version: 13\r
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r
        \r
        """
        .formatted(service);
  }
}
