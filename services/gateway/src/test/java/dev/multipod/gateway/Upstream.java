package dev.multipod.gateway;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/// A replica: a real server on a socket, whose behaviour the test writes down to the byte. It keeps
/// connections alive for as long as the behaviour returns normally.
final class Upstream implements Closeable {
  /// Answers one request; throws [IOException] to have the connection closed.
  interface Behaviour {
    void answer(Request request, Connection connection) throws IOException;
  }

  /// The head of a request as it came, in lines, the request line first.
  record Request(List<String> head) {
    String line() {
      return head.getFirst();
    }

    List<String> all(String name) {
      String start = name.toLowerCase(Locale.ROOT) + ":";
      return head.stream()
          .skip(1)
          .filter(line -> line.toLowerCase(Locale.ROOT).startsWith(start))
          .map(line -> line.substring(start.length()).strip())
          .toList();
    }

    long length() {
      return all("content-length").stream().findFirst().map(Long::parseLong).orElse(0L);
    }

    boolean chunked() {
      return all("transfer-encoding").contains("chunked");
    }
  }

  private final String name;
  private final ServerSocket listener;
  private final Behaviour behaviour;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final AtomicInteger requests = new AtomicInteger();

  Upstream(String name, Behaviour behaviour) {
    this.name = name;
    this.behaviour = behaviour;
    try {
      this.listener = new ServerSocket(0, 200, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Thread.ofVirtual().start(this::accept);
  }

  /// A replica that answers every request with its name and the request line.
  static Upstream polite(String name) {
    return new Upstream(
        name,
        (request, connection) -> {
          connection.skipBody(request);
          connection.answer("200 OK", name + " " + request.line());
        });
  }

  String name() {
    return name;
  }

  int port() {
    return listener.getLocalPort();
  }

  int requests() {
    return requests.get();
  }

  /// Stops listening and cuts what is open.
  @Override
  public void close() {
    try {
      listener.close();
      for (Socket socket : open) {
        socket.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket socket = listener.accept();
        open.add(socket);
        Thread.ofVirtual().start(() -> serve(socket));
      } catch (IOException e) {
        return;
      }
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      Connection connection = new Connection(name, socket);
      for (Request request = connection.readHead();
          !request.head().isEmpty();
          request = connection.readHead()) {
        requests.incrementAndGet();
        behaviour.answer(request, connection);
      }
    } catch (IOException e) {
      // The test's caller or the gateway went away: part of many tests.
    } finally {
      open.remove(socket);
    }
  }

  /// One connection, byte by byte.
  static final class Connection {
    private final String name;
    final Socket socket;
    final InputStream in;
    final OutputStream out;

    Connection(String name, Socket socket) throws IOException {
      this.name = name;
      this.socket = socket;
      this.in = new BufferedInputStream(socket.getInputStream());
      this.out = socket.getOutputStream();
      socket.setTcpNoDelay(true);
    }

    Request readHead() throws IOException {
      List<String> lines = new ArrayList<>();
      for (String line = readLine(); !line.isEmpty(); line = readLine()) {
        lines.add(line);
      }
      return new Request(List.copyOf(lines));
    }

    String readLine() throws IOException {
      ByteArrayOutputStream line = new ByteArrayOutputStream();
      for (int b = in.read(); b >= 0 && b != '\n'; b = in.read()) {
        if (b != '\r') {
          line.write(b);
        }
      }
      return line.toString(StandardCharsets.ISO_8859_1);
    }

    /// Reads the body and drops it.
    ///
    /// @return how many bytes it had
    long skipBody(Request request) throws IOException {
      long total = 0;
      if (request.chunked()) {
        for (int size = readSize(); size > 0; size = readSize()) {
          in.skipNBytes(size);
          total += size;
          readLine();
        }
        readLine();
        return total;
      }
      in.skipNBytes(request.length());
      return request.length();
    }

    private int readSize() throws IOException {
      return Integer.parseInt(readLine().strip(), 16);
    }

    void answer(String status, String body) throws IOException {
      byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
      head(status, "Content-Length: " + bytes.length);
      out.write(bytes);
      out.flush();
    }

    void head(String status, String... headers) throws IOException {
      write(
          "HTTP/1.1 %s\r\nMultipod-Replica: %s\r\n%s\r\n\r\n"
              .formatted(status, name, String.join("\r\n", headers)));
    }

    void chunk(String text) throws IOException {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      write("%x\r\n%s\r\n".formatted(bytes.length, text));
    }

    void write(String text) throws IOException {
      out.write(text.getBytes(StandardCharsets.UTF_8));
      out.flush();
    }

    /// Closes so that the other side sees a reset, not an end.
    void reset() throws IOException {
      socket.setSoLinger(true, 0);
      socket.close();
    }
  }
}
