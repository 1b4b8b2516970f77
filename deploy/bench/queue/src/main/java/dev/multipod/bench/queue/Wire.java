package dev.multipod.bench.queue;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;

/// One connection that asks and reads the answer, with as little work of its own as can be: the
/// cores are for those that are measured.
final class Wire implements AutoCloseable {
  /// @param head its lines, each with its end
  /// @param text its body; ASCII is all that is asked for here
  record Answer(int status, String head, String text) {
    /// Itself, when it has this status.
    ///
    /// @throws IllegalStateException when it has another
    Answer expect(int wanted) {
      if (status != wanted) {
        throw new IllegalStateException(head + text);
      }
      return this;
    }

    Optional<String> header(String name) {
      return head.lines()
          .filter(
              line -> line.toLowerCase(Locale.ROOT).startsWith(name.toLowerCase(Locale.ROOT) + ":"))
          .map(line -> line.substring(name.length() + 1).strip())
          .findFirst();
    }

    /// A member of a flat JSON object.
    String member(String name) {
      String before = "\"" + name + "\":\"";
      int start = text.indexOf(before) + before.length();
      return text.substring(start, text.indexOf('"', start));
    }
  }

  private final Socket socket;
  private final InputStream in;
  private final OutputStream out;

  Wire(URI base) throws IOException {
    socket = new Socket(base.getHost(), base.getPort());
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(120_000);
    in = new BufferedInputStream(socket.getInputStream(), 64 * 1024);
    out = socket.getOutputStream();
  }

  Answer post(String path, byte[] body, String... headers) throws IOException {
    send("POST", path, body, headers);
    return read();
  }

  Answer get(String path) throws IOException {
    send("GET", path, new byte[0]);
    return read();
  }

  /// Asks and does not wait.
  void send(String method, String path, byte[] body, String... headers) throws IOException {
    StringBuilder head = new StringBuilder();
    head.append(method).append(' ').append(path).append(" HTTP/1.1\r\nHost: bench\r\n");
    for (int i = 0; i < headers.length; i += 2) {
      head.append(headers[i]).append(": ").append(headers[i + 1]).append("\r\n");
    }
    head.append("Content-Length: ").append(body.length).append("\r\n\r\n");
    byte[] bytes = head.toString().getBytes(StandardCharsets.US_ASCII);
    byte[] all = new byte[bytes.length + body.length];
    System.arraycopy(bytes, 0, all, 0, bytes.length);
    System.arraycopy(body, 0, all, bytes.length, body.length);
    out.write(all);
  }

  /// The answer to what was sent.
  Answer read() throws IOException {
    ByteArrayOutputStream lines = new ByteArrayOutputStream(512);
    int ends = 0;
    while (ends < 4) {
      int next = in.read();
      if (next < 0) {
        throw new EOFException();
      }
      boolean expected = next == (ends % 2 == 0 ? '\r' : '\n');
      ends = expected ? ends + 1 : 0;
      lines.write(next);
    }
    String head = lines.toString(StandardCharsets.ISO_8859_1);
    Answer empty = new Answer(Integer.parseInt(head.substring(9, 12)), head, "");
    byte[] body =
        empty.header("Transfer-Encoding").isPresent()
            ? readChunks()
            : in.readNBytes(empty.header("Content-Length").map(Integer::parseInt).orElse(0));
    return new Answer(empty.status, head, new String(body, StandardCharsets.ISO_8859_1));
  }

  private byte[] readChunks() throws IOException {
    ByteArrayOutputStream body = new ByteArrayOutputStream(64 * 1024);
    int length = Integer.parseInt(readLine(), 16);
    while (length > 0) {
      body.write(in.readNBytes(length));
      readLine();
      length = Integer.parseInt(readLine(), 16);
    }
    readLine();
    return body.toByteArray();
  }

  private String readLine() throws IOException {
    StringBuilder line = new StringBuilder();
    for (int next = in.read(); next != '\n'; next = in.read()) {
      if (next < 0) {
        throw new EOFException();
      }
      line.append((char) next);
    }
    return line.toString().strip();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
