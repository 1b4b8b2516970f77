package dev.multipod.crawler.address;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;

/// Where a URL leads, taken apart by rules of our own: parsers disagree about the strange ones, and
/// what one reads as a public address is loopback to another. So the strange ones are refused.
///
/// @param original the URL as it was given; what results show
/// @param host a lower-case name, an IPv4 address, or an IPv6 address without brackets
/// @param target path and query as they are sent: ASCII, never empty
public record Destination(
    String original, boolean tls, String host, int port, Optional<byte[]> literal, String target) {

  /// What became of a URL.
  public sealed interface Parsed {}

  /// A URL that can be fetched, if its addresses are permitted.
  public record Usable(Destination destination) implements Parsed {}

  /// Not a URL that is fetched from here.
  ///
  /// @param why a sentence for the caller
  public record Unusable(String why) implements Parsed {}

  /// The host and the port: whose turn and whose connections are counted.
  public String authority() {
    String shown = host.indexOf(':') >= 0 ? "[" + host + "]" : host;
    return shown + ":" + port;
  }

  /// Scheme, host and port: what a robots.txt is valid for.
  public String origin() {
    return (tls ? "https://" : "http://") + authority();
  }

  /// The URL in ASCII, without fragment.
  public String normalized() {
    return origin() + target;
  }

  /// Another path on the same host.
  public Destination at(String path) {
    return new Destination(origin() + path, tls, host, port, literal, path);
  }

  /// Takes a URL apart.
  public static Parsed parse(String url) {
    return Urls.parse(url);
  }

  /// Where a `Location` leads, seen from here (RFC 3986, section 5.2).
  public Parsed resolve(String location) {
    if (Urls.hasForbiddenCharacter(location)) {
      return new Unusable("The redirect leads to a malformed URL.");
    }
    if (location.matches("(?i)[a-z][a-z0-9+.-]*:.*")) {
      return parse(location);
    }
    if (location.startsWith("//")) {
      return parse((tls ? "https:" : "http:") + location);
    }
    String path = target.indexOf('?') < 0 ? target : target.substring(0, target.indexOf('?'));
    String joined;
    if (location.startsWith("/")) {
      joined = location;
    } else if (location.startsWith("?")) {
      joined = path + location;
    } else if (location.isEmpty() || location.startsWith("#")) {
      joined = target;
    } else {
      joined = path.substring(0, path.lastIndexOf('/') + 1) + location;
    }
    return parse(origin() + Urls.withoutDots(joined));
  }

  /// Escapes what is not ASCII as UTF-8 and what URLs may not contain; keeps escapes as they are.
  static String escaped(String text) {
    StringBuilder out = new StringBuilder(text.length());
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      int c = b & 0xff;
      if (c <= 0x20 || c >= 0x7f || "\"<>`{}|^".indexOf(c) >= 0) {
        out.append(String.format(Locale.ROOT, "%%%02X", c));
      } else {
        out.append((char) c);
      }
    }
    return out.toString();
  }
}
