package dev.multipod.crawler;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.zip.GZIPOutputStream;

/// A site that does what sites should not.
final class HostilePages implements RawSite.Answerer {
  private static final String HTML = "Content-Type: text/html\r\n";
  private static final int MEBIBYTE = 1 << 20;

  private final Map<String, AtomicInteger> visits = new ConcurrentHashMap<>();
  private final byte[] bomb;

  HostilePages() throws IOException {
    bomb = gzip(50 * MEBIBYTE);
  }

  @Override
  public void answer(String path, OutputStream out) throws IOException {
    int visit = visits.computeIfAbsent(path, p -> new AtomicInteger()).incrementAndGet();
    switch (path) {
      case "/robots.txt" -> RawSite.send(out, "404 Not Found", HTML, "no");
      case "/drip" -> drip(out);
      case "/bomb" -> RawSite.send(out, "200 OK", HTML + "Content-Encoding: gzip\r\n", bomb);
      case "/big" -> RawSite.send(out, "200 OK", HTML, new byte[6 * MEBIBYTE]);
      case "/endless" -> endless(out);
      case "/headers" ->
          RawSite.send(out, "200 OK", ("X: " + "x".repeat(1000) + "\r\n").repeat(80), "x");
      case "/loop" -> redirect(out, "/loop");
      case "/inside" -> redirect(out, "http://127.0.0.1:5432/");
      case "/inside-in-disguise" -> redirect(out, "http://2130706433:5432/");
      case "/metadata" -> redirect(out, "//169.254.169.254/latest/meta-data/");
      case "/cut" -> cut(out);
      case "/not-http" -> out.write("220 ready\r\n".getBytes(StandardCharsets.US_ASCII));
      case "/later" -> {
        if (visit == 1) {
          RawSite.send(out, "503 Busy", HTML + "Retry-After: 1\r\n", "busy");
        } else {
          RawSite.send(out, "200 OK", HTML, "at last");
        }
      }
      case "/busy" -> RawSite.send(out, "503 Busy", HTML, "busy");
      case "/much-later" -> RawSite.send(out, "429 Slow", HTML + "Retry-After: 86400\r\n", "");
      case "/picture" ->
          RawSite.send(out, "200 OK", "Content-Type: image/png\r\n", new byte[] {1, 2, 3});
      default -> RawSite.send(out, "200 OK", HTML, "page " + path);
    }
  }

  private static void redirect(OutputStream out, String to) throws IOException {
    RawSite.send(out, "302 Found", "Location: " + to + "\r\n", "");
  }

  /// A byte now and then, so that no read ever times out.
  private static void drip(OutputStream out) throws IOException {
    out.write(
        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    while (true) {
      out.write('.');
      out.flush();
      LockSupport.parkNanos(50_000_000);
    }
  }

  private static void endless(OutputStream out) throws IOException {
    out.write(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            .getBytes(StandardCharsets.US_ASCII));
    byte[] chunk = ("10000\r\n" + "x".repeat(65_536) + "\r\n").getBytes(StandardCharsets.US_ASCII);
    while (true) {
      out.write(chunk);
    }
  }

  private static void cut(OutputStream out) throws IOException {
    out.write(
        "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf".getBytes(StandardCharsets.US_ASCII));
  }

  private static byte[] gzip(int zeros) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      byte[] some = new byte[MEBIBYTE];
      for (int left = zeros; left > 0; left -= some.length) {
        gzip.write(some);
      }
    }
    return out.toByteArray();
  }
}
