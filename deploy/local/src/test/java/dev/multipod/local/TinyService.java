package dev.multipod.local;

import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/// A process that keeps the contract of a service and does nothing else. With `TINY_FAIL` it ends
/// at once.
final class TinyService {
  private TinyService() {}

  public static void main(String[] arguments) throws Exception {
    Map<String, String> environment = System.getenv();
    if (environment.containsKey("TINY_FAIL")) {
      System.out.println("cannot start");
      System.exit(3);
    }
    serve("QUARKUS_HTTP", environment.getOrDefault("MULTIPOD_REPLICA", "?"));
    serve("QUARKUS_MANAGEMENT", "UP");
    System.out.println("serving");
  }

  private static void serve(String prefix, String text) throws Exception {
    HttpServer server =
        HttpServer.create(
            new InetSocketAddress(
                System.getenv(prefix + "_HOST"), Integer.parseInt(System.getenv(prefix + "_PORT"))),
            0);
    server.createContext(
        "/",
        exchange -> {
          try (exchange) {
            byte[] body = text.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
          }
        });
    server.start();
  }
}
