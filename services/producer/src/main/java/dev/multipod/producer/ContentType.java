package dev.multipod.producer;

import dev.multipod.kit.problem.Problem;
import java.util.regex.Pattern;

/// The media type of an item. It goes back to takers as a header, so it must be one.
final class ContentType {
  /// Of an item that was put without one.
  static final String BYTES = "application/octet-stream";

  static final String TEXT = "text/plain;charset=UTF-8";
  static final String JSON = "application/json";

  private static final int MOST = 256;
  private static final String TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
  // RFC 9110, section 8.3.1; the parameters are the caller's own.
  private static final Pattern FORM =
      Pattern.compile(TOKEN + "/" + TOKEN + "(?: *;[\\x20-\\x7e]*)?");

  private ContentType() {}

  /// @throws Problem 400 `invalid-content-type`
  static String require(String text) {
    if (text.length() <= MOST && FORM.matcher(text).matches()) {
      return text;
    }
    throw Problem.of(
            400,
            "invalid-content-type",
            "The Content-Type of the item cannot be used",
            "A Content-Type is type/subtype, and parameters after a ';', in at most %d visible ASCII characters."
                .formatted(MOST))
        .with("limit", MOST);
  }
}
