package dev.multipod.gateway;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/// A small server that prints its port, answers everything, and on SIGTERM ends what is under way.
public final class PoliteReplica {
  private PoliteReplica() {}

  public static void main(String[] arguments) throws IOException {
    byte[] answer = arguments[0].getBytes(StandardCharsets.UTF_8);
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 200);
    ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    server.setExecutor(threads);
    server.createContext(
        "/",
        exchange -> {
          exchange.getRequestBody().readAllBytes();
          exchange.getResponseHeaders().set("Multipod-Replica", arguments[0]);
          exchange.sendResponseHeaders(200, answer.length);
          exchange.getResponseBody().write(answer);
          exchange.close();
        });
    server.start();
    Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().unstarted(() -> server.stop(2)));
    System.out.println(server.getAddress().getPort());
  }
}
