package dev.multipod.kit.problem;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalLong;

/// An error that a caller can act on, as a problem detail (RFC 9457).
///
/// Throw it from anywhere below a REST method; it becomes `application/problem+json` with the
/// members `type`, `title`, `status`, `detail` and any extensions. The `type` is stable: programs
/// branch on it. The `detail` says what to do next, and never holds a secret.
public final class Problem extends RuntimeException {
  /// What every `type` begins with; the slug follows. docs/PROBLEMS.md lists them all.
  public static final String TYPE_PREFIX = "urn:multipod:problem:";

  private static final long serialVersionUID = 1L;

  private final int status;
  private final String slug;
  private final String title;
  private final transient Map<String, Object> extensions;
  private final transient OptionalLong retryAfterSeconds;

  private Problem(
      int status,
      String slug,
      String title,
      String detail,
      Map<String, Object> extensions,
      OptionalLong retryAfterSeconds) {
    super(detail, null, false, false);
    this.status = status;
    this.slug = slug;
    this.title = title;
    this.extensions = extensions;
    this.retryAfterSeconds = retryAfterSeconds;
  }

  /// A problem without extensions.
  ///
  /// @param status the HTTP status, 400 to 599
  /// @param slug the stable last part of the type, such as `queue-full`
  /// @param title what kind of problem it is, the same every time
  /// @param detail what happened this time, and what to do next
  public static Problem of(int status, String slug, String title, String detail) {
    if (status < 400 || status > 599) {
      throw new IllegalArgumentException("a problem has a status of 400 to 599, not " + status);
    }
    return new Problem(status, slug, title, detail, Map.of(), OptionalLong.empty());
  }

  /// The same problem with one more member, for example `queue` or `limit`.
  public Problem with(String member, Object value) {
    Map<String, Object> more = new LinkedHashMap<>(extensions);
    more.put(member, value);
    return new Problem(status, slug, title, detail(), more, retryAfterSeconds);
  }

  /// The same problem with a `Retry-After` header, in whole seconds, rounded up, at least one.
  public Problem retryAfter(Duration wait) {
    long seconds = Math.max(1, Math.ceilDiv(wait.toMillis(), 1000));
    return new Problem(status, slug, title, detail(), extensions, OptionalLong.of(seconds));
  }

  public int status() {
    return status;
  }

  public String slug() {
    return slug;
  }

  public String title() {
    return title;
  }

  public String detail() {
    String detail = getMessage();
    return detail == null ? title : detail;
  }

  public OptionalLong retryAfterSeconds() {
    return retryAfterSeconds;
  }

  /// The members of the JSON object, in the order they are written.
  public Map<String, Object> members() {
    Map<String, Object> members = new LinkedHashMap<>();
    members.put("type", TYPE_PREFIX + slug);
    members.put("title", title);
    members.put("status", status);
    members.put("detail", detail());
    members.putAll(extensions);
    return members;
  }
}
