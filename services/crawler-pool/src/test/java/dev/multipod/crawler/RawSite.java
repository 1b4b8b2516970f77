package dev.multipod.crawler;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/// A web server that sends whatever bytes it is told to, and remembers who came when.
final class RawSite implements AutoCloseable {
  /// Answers a request for a path.
  @FunctionalInterface
  interface Answerer {
    void answer(String path, OutputStream out) throws IOException;
  }

  /// A request, in nanoseconds of this JVM.
  record Visit(String path, long begin, long end) {}

  final List<Visit> visits = new CopyOnWriteArrayList<>();
  final AtomicInteger connections = new AtomicInteger();
  private final ServerSocket server;
  private final Answerer answerer;

  RawSite(Answerer answerer) throws IOException {
    this.answerer = answerer;
    server = new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().start(this::accept);
  }

  int port() {
    return server.getLocalPort();
  }

  String url(String path) {
    return "http://127.0.0.1:" + port() + path;
  }

  long visitsTo(String path) {
    return visits.stream().filter(visit -> visit.path.equals(path)).count();
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        Socket socket = server.accept();
        connections.incrementAndGet();
        Thread.ofVirtual().start(() -> serve(socket));
      } catch (IOException e) {
        return;
      }
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      BufferedReader in =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1));
      String line = in.readLine();
      if (line == null) {
        return;
      }
      String path = line.split(" ", -1)[1];
      while (line != null && !line.isEmpty()) {
        line = in.readLine();
      }
      long begin = System.nanoTime();
      try {
        answerer.answer(path, socket.getOutputStream());
      } finally {
        visits.add(new Visit(path, begin, System.nanoTime()));
      }
    } catch (IOException e) {
      // The visitor left; that is what some tests are about.
      Thread.onSpinWait();
    }
  }

  static void send(OutputStream out, String status, String headers, byte[] body)
      throws IOException {
    String head =
        "HTTP/1.1 %s\r\n%sContent-Length: %d\r\nConnection: close\r\n\r\n"
            .formatted(status, headers, body.length);
    out.write(head.getBytes(StandardCharsets.ISO_8859_1));
    out.write(body);
    out.flush();
  }

  static void send(OutputStream out, String status, String headers, String body)
      throws IOException {
    send(out, status, headers, body.getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public void close() {
    try {
      server.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
