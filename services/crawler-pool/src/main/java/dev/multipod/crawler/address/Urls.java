package dev.multipod.crawler.address;

import dev.multipod.crawler.address.Destination.Parsed;
import dev.multipod.crawler.address.Destination.Unusable;
import dev.multipod.crawler.address.Destination.Usable;
import java.net.IDN;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The strict reading of URLs.
final class Urls {
  private static final int LONGEST = 4096;
  private static final Pattern FORM =
      Pattern.compile(
          "(?<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?<authority>[^/?#]*)(?<rest>[^#]*)(?:#.*)?");
  private static final Pattern AUTHORITY =
      Pattern.compile("(?:\\[(?<six>[^\\]]*)\\]|(?<name>[^:\\[\\]]*))(?::(?<port>\\d{0,5}))?");
  private static final Pattern NAME =
      Pattern.compile(
          "(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*");
  // What the URL standard takes for a number, and so for an IPv4 address in disguise.
  private static final Pattern NUMBER = Pattern.compile("\\d+|0x[0-9a-f]*");

  private Urls() {}

  static Parsed parse(String url) {
    if (url.length() > LONGEST) {
      return new Unusable("A URL has at most " + LONGEST + " characters.");
    }
    if (hasForbiddenCharacter(url)) {
      return new Unusable("A URL has no spaces, control characters or backslashes.");
    }
    Matcher form = FORM.matcher(url);
    if (!form.matches()) {
      return new Unusable("A URL is absolute, such as https://example.com/page.");
    }
    String scheme = form.group("scheme").toLowerCase(Locale.ROOT);
    if (!scheme.equals("http") && !scheme.equals("https")) {
      return new Unusable("Only http and https are fetched.");
    }
    String authority = form.group("authority");
    if (authority.indexOf('@') >= 0) {
      return new Unusable("A URL here has no user name or password.");
    }
    Matcher parts = AUTHORITY.matcher(authority);
    if (!parts.matches()) {
      return new Unusable("The host of the URL is malformed.");
    }
    boolean tls = scheme.equals("https");
    String portText = parts.group("port");
    int port =
        portText == null || portText.isEmpty() ? (tls ? 443 : 80) : Integer.parseInt(portText);
    if (port < 1 || port > 65535) {
      return new Unusable("A port is 1 to 65535.");
    }
    String rest = form.group("rest");
    String target = Destination.escaped(rest.startsWith("/") ? rest : "/" + rest);
    String six = parts.group("six");
    if (six != null) {
      return Cidr.Literals.parse(six)
          .filter(bytes -> bytes.length == 16)
          .<Parsed>map(bytes -> literal(url, tls, bytes, port, target))
          .orElse(new Unusable("The IPv6 address of the URL is malformed."));
    }
    return named(url, tls, parts.group("name"), port, target);
  }

  private static Parsed named(String url, boolean tls, String given, int port, String target) {
    String host;
    try {
      host = IDN.toASCII(given, IDN.ALLOW_UNASSIGNED).toLowerCase(Locale.ROOT);
    } catch (IllegalArgumentException e) {
      return new Unusable("The host of the URL is not a valid name.");
    }
    if (!NAME.matcher(host).matches()) {
      return new Unusable("The host of the URL is not a valid name.");
    }
    String last = host.substring(host.lastIndexOf('.') + 1);
    if (!NUMBER.matcher(last).matches()) {
      return new Usable(new Destination(url, tls, host, port, Optional.empty(), target));
    }
    // Written as it must be, and in ASCII: full-width digits become plain ones on the way.
    return Cidr.Literals.four(given)
        .<Parsed>map(bytes -> literal(url, tls, bytes, port, target))
        .orElse(
            new Unusable(
                "A numeric host is written as four decimal numbers without leading zeros."));
  }

  private static Parsed literal(String url, boolean tls, byte[] bytes, int port, String target) {
    String host = Cidr.address(bytes).getHostAddress();
    return new Usable(new Destination(url, tls, host, port, Optional.of(bytes), target));
  }

  static boolean hasForbiddenCharacter(String text) {
    return text.codePoints()
        .anyMatch(
            c ->
                c <= 0x20
                    || c == '\\'
                    || (c >= 0x7f && c <= 0xa0)
                    || Character.isWhitespace(c)
                    || Character.getType(c) == Character.FORMAT
                    || Character.getType(c) == Character.SURROGATE);
  }

  /// Removes `.` and `..` from the path of a target (RFC 3986, section 5.2.4).
  static String withoutDots(String target) {
    int end = target.length();
    for (char stop : new char[] {'?', '#'}) {
      int at = target.indexOf(stop);
      end = at < 0 ? end : Math.min(end, at);
    }
    Deque<String> kept = new ArrayDeque<>();
    String[] segments = target.substring(0, end).split("/", -1);
    for (int i = 1; i < segments.length; i++) {
      boolean last = i == segments.length - 1;
      switch (segments[i]) {
        case "." -> {
          if (last) {
            kept.addLast("");
          }
        }
        case ".." -> {
          kept.pollLast();
          if (last) {
            kept.addLast("");
          }
        }
        default -> kept.addLast(segments[i]);
      }
    }
    return "/" + String.join("/", kept) + target.substring(end);
  }
}
