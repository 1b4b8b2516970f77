package dev.multipod.demosite;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/// Serves the pages until it is terminated. The address is `HOST PORT` as arguments, or
/// `DEMO_SITE_HOST` and `DEMO_SITE_PORT`, or 127.0.0.1 and 8081; port 0 is any free one. The first
/// line on stdout says where it listens.
public final class DemoSite implements AutoCloseable {
  private static final int BACKLOG = 128;

  private final HttpServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  /// Starts to serve.
  ///
  /// @param port 0 for any free one
  public DemoSite(String host, int port) throws IOException {
    server = HttpServer.create(new InetSocketAddress(host, port), BACKLOG);
    server.createContext("/", DemoSite::answer);
    server.setExecutor(threads);
    server.start();
  }

  public static void main(String[] arguments) throws IOException {
    String host = setting(arguments, 0, "DEMO_SITE_HOST", "127.0.0.1");
    int port = Integer.parseInt(setting(arguments, 1, "DEMO_SITE_PORT", "8081"));
    DemoSite site = new DemoSite(host, port);
    Runtime.getRuntime().addShutdownHook(new Thread(site::close));
    System.out.println("event=listening host=" + host + " port=" + site.port());
  }

  private static String setting(String[] arguments, int index, String variable, String otherwise) {
    if (arguments.length > index) {
      return arguments[index];
    }
    return System.getenv().getOrDefault(variable, otherwise);
  }

  /// Where it listens.
  public int port() {
    return server.getAddress().getPort();
  }

  private static void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      String method = exchange.getRequestMethod();
      Page page = Page.ALL.getOrDefault(exchange.getRequestURI().getPath(), Page.MISSING);
      Thread.sleep(page.delay());
      exchange.getResponseHeaders().set("Content-Type", page.type());
      page.headers().forEach(exchange.getResponseHeaders()::set);
      if (method.equals("GET")) {
        exchange.sendResponseHeaders(page.status(), page.body().length);
        exchange.getResponseBody().write(page.body());
      } else if (method.equals("HEAD")) {
        exchange.sendResponseHeaders(page.status(), -1);
      } else {
        exchange.getResponseHeaders().set("Allow", "GET, HEAD");
        exchange.sendResponseHeaders(405, -1);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
