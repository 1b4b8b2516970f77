package dev.multipod.local;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;

/// Takes orders for the running stack, on loopback, from whoever can read the file with its port
/// and secret. An answer is a line for each step, and `ok` or `error: …` as the last one.
final class Control implements AutoCloseable {
  static final String FILE = "control";
  static final String OK = "ok";
  static final String ERROR = "error: ";

  private final Path file;
  private final Stack stack;
  private final String secret = UUID.randomUUID().toString();
  private final HttpServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  Control(Path run, Stack stack) {
    this.file = run.resolve(FILE);
    this.stack = stack;
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server.setExecutor(threads);
    server.createContext("/", this::answer);
    server.start();
    LocalIssuer.write(file, server.getAddress().getPort() + " " + secret);
  }

  @Override
  public void close() {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server.stop(0);
    threads.shutdownNow();
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      String given = exchange.getRequestHeaders().getFirst("Authorization");
      if (given == null || !MessageDigest.isEqual(bytes(given), bytes(secret))) {
        exchange.sendResponseHeaders(401, -1);
        return;
      }
      String[] words = exchange.getRequestURI().getPath().split("/", -1);
      exchange.sendResponseHeaders(200, 0);
      OutputStream out = exchange.getResponseBody();
      Consumer<String> lines = line -> write(out, line);
      try {
        obey(words, lines);
        lines.accept(OK);
      } catch (Refusal e) {
        lines.accept(ERROR + e.getMessage());
      }
    }
  }

  /// `/status` or `/scale/<service>/<replicas>`.
  private void obey(String[] words, Consumer<String> lines) {
    if (words.length == 2 && words[1].equals("status")) {
      Report.table(stack).forEach(lines);
    } else if (words.length == 4 && words[1].equals("scale")) {
      stack.scale(words[2], Integer.parseInt(words[3]), lines);
    } else {
      throw new Refusal("unknown order");
    }
  }

  private static synchronized void write(OutputStream out, String line) {
    try {
      out.write(bytes(line + "\n"));
      out.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
