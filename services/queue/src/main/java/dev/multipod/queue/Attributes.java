package dev.multipod.queue;

import dev.multipod.kit.problem.Problem;
import io.vertx.core.MultiMap;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;

/// What a caller gives an item besides its bytes and their media type: a record key, and headers.
/// Both are bytes and come back as they were. A header's name is in lower case, since HTTP does not
/// tell the cases apart.
///
/// In Kafka a header of a caller has a prefix that none of [ItemHeaders] and no trace context has:
/// callers can neither set those nor see them.
public final class Attributes {
  /// The HTTP header of the key.
  public static final String KEY = "Multipod-Item-Key";

  /// The HTTP headers of headers begin with this; the name follows.
  public static final String HEADER = "Multipod-Item-Header-";

  public static final Attributes NONE = new Attributes(Optional.empty(), Map.of());

  /// Begins the record header of a header.
  static final String STORED = "header.";

  private static final Pattern NAME = Pattern.compile("[a-z0-9._-]{1,128}");

  private final Optional<byte[]> key;
  private final SortedMap<String, byte[]> headers;

  private Attributes(Optional<byte[]> key, Map<String, byte[]> headers) {
    this.key = key;
    this.headers = Collections.unmodifiableSortedMap(new TreeMap<>(headers));
  }

  /// A key and headers.
  ///
  /// @throws Problem 400 `invalid-item-header` for a name that cannot be used
  public static Attributes of(Optional<byte[]> key, Map<String, byte[]> headers) {
    for (String name : headers.keySet()) {
      if (!NAME.matcher(name).matches()) {
        throw invalid(
            name, "its name is not 1 to 128 of the characters a-z, 0-9, '.', '_' and '-'");
      }
    }
    return new Attributes(key, headers);
  }

  /// What the headers of a request say.
  ///
  /// @throws Problem 400 `invalid-item-header`
  public static Attributes ofHttp(MultiMap request) {
    Optional<byte[]> key = Optional.empty();
    Map<String, byte[]> headers = new TreeMap<>();
    for (Map.Entry<String, String> each : request) {
      String name = each.getKey().toLowerCase(Locale.ROOT);
      if (name.equalsIgnoreCase(KEY)) {
        if (key.isPresent()) {
          throw invalid(KEY, "it is there twice");
        }
        key = Optional.of(bytes(KEY, each.getValue()));
      } else if (name.regionMatches(true, 0, HEADER, 0, HEADER.length())) {
        String own = name.substring(HEADER.length());
        if (headers.put(own, bytes(own, each.getValue())) != null) {
          throw invalid(own, "it is there twice");
        }
      }
    }
    return of(key, headers);
  }

  /// Whether an HTTP header is one that [#ofHttp] reads.
  static boolean isAttribute(String name, String value) {
    boolean named =
        name.equalsIgnoreCase(KEY) || name.regionMatches(true, 0, HEADER, 0, HEADER.length());
    return named && HeaderText.decode(value).isPresent();
  }

  private static byte[] bytes(String name, String value) {
    return HeaderText.decode(value)
        .orElseThrow(
            () ->
                invalid(
                    name,
                    "its value may have visible ASCII characters and spaces; every other byte, and"
                        + " the character %, is % and two hexadecimal digits"));
  }

  /// The problem of a header that cannot be used.
  public static Problem invalid(String name, String why) {
    return Problem.of(
            400,
            "invalid-item-header",
            "A key or header of the item cannot be used",
            "Nothing was put, because of '%s': %s.".formatted(name, why))
        .with("header", name);
  }

  /// What a record of an item, or of a dead letter, has.
  public static Attributes of(ConsumerRecord<byte[], byte[]> item) {
    Map<String, byte[]> headers = Map.of();
    for (Header each : item.headers()) {
      if (each.key().startsWith(STORED) && each.value() != null) {
        headers = headers.isEmpty() ? new TreeMap<>() : headers;
        headers.put(each.key().substring(STORED.length()), each.value());
      }
    }
    return item.key() == null && headers.isEmpty()
        ? NONE
        : new Attributes(Optional.ofNullable(item.key()), headers);
  }

  /// Whether there is neither a key nor a header.
  boolean isEmpty() {
    return key.isEmpty() && headers.isEmpty();
  }

  /// The same, with what only the others have.
  public Attributes orElse(Attributes others) {
    Map<String, byte[]> all = new TreeMap<>(others.headers);
    all.putAll(headers);
    return new Attributes(key.or(() -> others.key), all);
  }

  /// The record key.
  public Optional<byte[]> key() {
    return key;
  }

  public SortedMap<String, byte[]> headers() {
    return headers;
  }

  /// How many bytes the key, the names and the values are together.
  public int size() {
    return key.map(bytes -> bytes.length).orElse(0)
        + headers.entrySet().stream()
            .mapToInt(each -> each.getKey().length() + each.getValue().length)
            .sum();
  }

  /// Adds the headers to those of a record.
  public void addTo(Headers record) {
    headers.forEach((name, value) -> record.add(STORED + name, value));
  }

  /// As HTTP headers.
  public Map<String, String> http() {
    Map<String, String> http = new TreeMap<>();
    key.ifPresent(bytes -> http.put(KEY, HeaderText.encode(bytes)));
    headers.forEach((name, value) -> http.put(HEADER + name, HeaderText.encode(value)));
    return http;
  }

  /// What a repeated put must match; nothing for an item without any.
  public List<String> fingerprint() {
    List<String> parts = new ArrayList<>();
    key.ifPresent(bytes -> parts.add("key " + hex(bytes)));
    headers.forEach((name, value) -> parts.add("header " + name + " " + hex(value)));
    return parts;
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }
}
