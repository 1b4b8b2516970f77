package dev.multipod.gateway;

import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.HostAndPort;
import io.vertx.core.net.SocketAddress;
import java.util.List;
import java.util.Locale;

/// Which headers pass, and which the gateway sets itself.
final class Headers {
  /// What this proxy is called in `Via` (RFC 9110, section 7.6.3).
  private static final String PSEUDONYM = "multipod-gateway";

  /// Meant for one connection (RFC 9110, section 7.6.1), besides those that `Connection` names.
  private static final List<String> HOP_BY_HOP =
      List.of(
          "connection",
          "keep-alive",
          "proxy-connection",
          "proxy-authenticate",
          "proxy-authorization",
          "te",
          "trailer",
          "transfer-encoding",
          "upgrade");

  private Headers() {}

  /// Removes what belongs to the connection the message came by.
  static void dropHopByHop(MultiMap headers) {
    for (String line : headers.getAll(HttpHeaders.CONNECTION)) {
      for (String option : line.split(",", -1)) {
        String name = option.strip();
        // A caller could otherwise have the length or the name of the host taken away.
        if (!name.isEmpty() && !isFraming(name)) {
          headers.remove(name);
        }
      }
    }
    HOP_BY_HOP.forEach(headers::remove);
  }

  private static boolean isFraming(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    return lower.equals("content-length") || lower.equals("host");
  }

  /// Says on whose behalf: `Via`, `Forwarded` (RFC 7239) and the older `X-Forwarded-*`.
  static void addForwarded(MultiMap headers, HttpServerRequest request, boolean trusted) {
    if (!trusted) {
      headers.remove("forwarded");
      headers.remove("x-forwarded-for");
      headers.remove("x-forwarded-host");
      headers.remove("x-forwarded-port");
      headers.remove("x-forwarded-proto");
    }
    SocketAddress remote = request.remoteAddress();
    String address = remote == null || remote.hostAddress() == null ? "" : remote.hostAddress();
    String scheme = request.scheme() == null ? "http" : request.scheme();
    HostAndPort host = request.authority();
    StringBuilder forwarded = new StringBuilder();
    if (!address.isEmpty()) {
      append(headers, "x-forwarded-for", address);
      forwarded
          .append("for=")
          .append(address.contains(":") ? "\"[" + address + "]\"" : address)
          .append(';');
    }
    if (host != null) {
      if (!headers.contains("x-forwarded-host")) {
        headers.set("x-forwarded-host", host.toString());
      }
      forwarded.append("host=\"").append(host).append("\";");
    }
    if (!headers.contains("x-forwarded-proto")) {
      headers.set("x-forwarded-proto", scheme);
    }
    append(headers, "forwarded", forwarded.append("proto=").append(scheme).toString());
    append(
        headers,
        "via",
        (request.version() == io.vertx.core.http.HttpVersion.HTTP_1_0 ? "1.0 " : "1.1 ")
            + PSEUDONYM);
  }

  private static void append(MultiMap headers, String name, String value) {
    List<String> before = headers.getAll(name);
    headers.set(name, before.isEmpty() ? value : String.join(", ", before) + ", " + value);
  }

  /// Whether one of the comma-separated values of a header is this token.
  static boolean hasToken(MultiMap headers, CharSequence name, String token) {
    for (String line : headers.getAll(name)) {
      for (String value : line.split(",", -1)) {
        if (value.strip().equalsIgnoreCase(token)) {
          return true;
        }
      }
    }
    return false;
  }
}
