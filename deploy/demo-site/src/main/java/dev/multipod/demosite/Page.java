package dev.multipod.demosite;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;

/// A page, the same at every visit.
///
/// @param headers besides Content-Type
/// @param delay before the answer
@SuppressWarnings("ArrayRecordComponent") // never compared
record Page(int status, String type, byte[] body, Map<String, String> headers, Duration delay) {

  static final Map<String, Page> ALL =
      Map.ofEntries(
          Map.entry(
              "/",
              html(
                  """
                  <!doctype html>
                  <title>multipod</title>
                  <p>A few pages: <a href="/pool">pool</a>, <a href="/grüße">Grüße</a>, <a href="/池">池</a>.
                  """)),
          Map.entry("/pool", html("<!doctype html>\n<p>Four at a time, no more.\n")),
          Map.entry("/grüße", html("<!doctype html>\n<p>Viele Grüße aus Köln.\n")),
          Map.entry("/池", html("<!doctype html>\n<p>进程池 🐍 四个一起\n")),
          Map.entry(
              "/latin1",
              text("text/html; charset=ISO-8859-1", "<p>déjà vu\n", StandardCharsets.ISO_8859_1)),
          Map.entry(
              "/robots.txt",
              text(
                  "text/plain; charset=UTF-8",
                  "User-agent: *\nDisallow: /private/\n",
                  StandardCharsets.UTF_8)),
          Map.entry("/private/", html("<p>Not for robots.\n")),
          Map.entry("/moved", redirect("/pool")),
          // What no crawler should follow.
          Map.entry("/inside", redirect("http://127.0.0.1:5432/")),
          Map.entry("/slow", html("<p>Better late.\n").after(Duration.ofSeconds(2))),
          Map.entry("/broken", html("<p>Broken.\n").with(500)));

  static final Page MISSING = html("<p>No such page.\n").with(404);

  private static Page html(String text) {
    return text("text/html; charset=UTF-8", text, StandardCharsets.UTF_8);
  }

  private static Page text(String type, String text, Charset charset) {
    return new Page(200, type, text.getBytes(charset), Map.of(), Duration.ZERO);
  }

  private static Page redirect(String to) {
    byte[] body = "<p>Moved.\n".getBytes(StandardCharsets.UTF_8);
    return new Page(302, "text/html; charset=UTF-8", body, Map.of("Location", to), Duration.ZERO);
  }

  private Page after(Duration delay) {
    return new Page(status, type, body, headers, delay);
  }

  private Page with(int status) {
    return new Page(status, type, body, headers, delay);
  }
}
