package dev.multipod.crawler.fetch;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.Charset;
import java.nio.charset.IllegalCharsetNameException;
import java.nio.charset.StandardCharsets;
import java.nio.charset.UnsupportedCharsetException;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The text of a body: its charset by byte order mark, header, `<meta>` in the first KiB, else
/// UTF-8; as in the HTML standard's "determining the character encoding".
///
/// @param size the length in Unicode code points: Python's `len(text)`
record PageText(Charset charset, long size) {
  private static final int META_WITHIN = 1024;
  private static final Pattern CHARSET_PARAMETER =
      Pattern.compile("(?i);\\s*charset\\s*=\\s*[\"']?([^\\s\"';]+)");
  private static final Pattern META =
      Pattern.compile("(?is)<meta\\s[^>]*?charset\\s*=\\s*[\"']?\\s*([^\\s\"'/>;]+)");
  private static final Pattern TEXT_TYPE =
      Pattern.compile(
          "text/.*|application/(?:.*\\+)?(?:xml|json)"
              + "|application/(?:javascript|ecmascript|x-ndjson|yaml|toml)|image/svg\\+xml");

  /// What a body is.
  ///
  /// @param bytes after decompression
  /// @param text empty when it is not text
  record Content(long bytes, Optional<PageText> text) {}

  /// Reads a body to its end, and keeps none of it.
  ///
  /// @param contentType the Content-Type header
  static Content measure(InputStream body, @Nullable String contentType) throws IOException {
    byte[] head = body.readNBytes(META_WITHIN);
    if (!isText(head, contentType)) {
      return new Content(
          head.length + body.transferTo(OutputStream.nullOutputStream()), Optional.empty());
    }
    Mark mark = mark(head);
    Charset charset = mark.charset;
    if (charset == null) {
      charset =
          declared(CHARSET_PARAMETER, contentType == null ? "" : contentType)
              .or(() -> meta(head))
              .orElse(StandardCharsets.UTF_8);
    }
    CodePoints counted = new CodePoints(charset);
    counted.add(head, mark.length, head.length - mark.length);
    byte[] buffer = new byte[8192];
    long bytes = head.length;
    for (int n = body.read(buffer); n >= 0; n = body.read(buffer)) {
      counted.add(buffer, 0, n);
      bytes += n;
    }
    return new Content(bytes, Optional.of(new PageText(charset, counted.end())));
  }

  private static boolean isText(byte[] body, @Nullable String contentType) {
    if (contentType != null && !contentType.isBlank()) {
      String type = contentType.split(";", -1)[0].strip().toLowerCase(Locale.ROOT);
      return TEXT_TYPE.matcher(type).matches();
    }
    // Undeclared: text unless there is a zero byte early on.
    int end = Math.min(body.length, META_WITHIN);
    for (int i = 0; i < end; i++) {
      if (body[i] == 0) {
        return mark(body).charset != null;
      }
    }
    return true;
  }

  private record Mark(@Nullable Charset charset, int length) {}

  private static Mark mark(byte[] body) {
    if (starts(body, 0xef, 0xbb, 0xbf)) {
      return new Mark(StandardCharsets.UTF_8, 3);
    }
    if (starts(body, 0xfe, 0xff)) {
      return new Mark(StandardCharsets.UTF_16BE, 2);
    }
    if (starts(body, 0xff, 0xfe)) {
      return new Mark(StandardCharsets.UTF_16LE, 2);
    }
    return new Mark(null, 0);
  }

  private static boolean starts(byte[] body, int... with) {
    return body.length >= with.length
        && Arrays.equals(
            Arrays.stream(with).toArray(),
            0,
            with.length,
            new int[] {body[0] & 0xff, body[1] & 0xff, body.length > 2 ? body[2] & 0xff : -1},
            0,
            with.length);
  }

  private static Optional<Charset> meta(byte[] body) {
    String head =
        new String(body, 0, Math.min(body.length, META_WITHIN), StandardCharsets.ISO_8859_1);
    // What could be read as ASCII cannot be UTF-16.
    return declared(META, head)
        .map(found -> found.name().startsWith("UTF-16") ? StandardCharsets.UTF_8 : found);
  }

  private static Optional<Charset> declared(Pattern where, String text) {
    Matcher found = where.matcher(text);
    return found.find() ? named(found.group(1)) : Optional.empty();
  }

  /// The encoding standard reads these two as windows-1252, as browsers always did.
  private static Optional<Charset> named(String label) {
    String name = label.toLowerCase(Locale.ROOT);
    if (name.equals("iso-8859-1") || name.equals("us-ascii") || name.equals("latin1")) {
      name = "windows-1252";
    }
    try {
      return Optional.of(Charset.forName(name)).filter(Charset::canEncode);
    } catch (IllegalCharsetNameException | UnsupportedCharsetException e) {
      return Optional.empty();
    }
  }
}
