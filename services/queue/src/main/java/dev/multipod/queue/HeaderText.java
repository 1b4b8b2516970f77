package dev.multipod.queue;

import java.io.ByteArrayOutputStream;
import java.util.HexFormat;
import java.util.Optional;

/// Bytes as the value of an HTTP header, and back. Visible ASCII and the spaces between stand for
/// themselves; every other byte, and `%`, is `%` and two hexadecimal digits, as in the HTTP binding
/// of CloudEvents (1.0.2, section 3.1.3.2).
final class HeaderText {
  private static final HexFormat HEX = HexFormat.of().withUpperCase();

  private HeaderText() {}

  static String encode(byte[] bytes) {
    StringBuilder text = new StringBuilder(bytes.length);
    for (int at = 0; at < bytes.length; at++) {
      byte each = bytes[at];
      // HTTP takes the spaces at either end away.
      boolean outside = each == ' ' && (at == 0 || at == bytes.length - 1);
      if (each < ' ' || each > '~' || each == '%' || outside) {
        text.append('%').append(HEX.toHexDigits(each));
      } else {
        text.append((char) each);
      }
    }
    return text.toString();
  }

  /// The bytes; empty when the text is not what [#encode] may give
  static Optional<byte[]> decode(String text) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(text.length());
    for (int at = 0; at < text.length(); at++) {
      char each = text.charAt(at);
      if (each < ' ' || each > '~') {
        return Optional.empty();
      }
      if (each != '%') {
        bytes.write(each);
      } else if (at + 2 < text.length()
          && HexFormat.isHexDigit(text.charAt(at + 1))
          && HexFormat.isHexDigit(text.charAt(at + 2))) {
        bytes.write(HexFormat.fromHexDigits(text, at + 1, at + 3));
        at += 2;
      } else {
        return Optional.empty();
      }
    }
    return Optional.of(bytes.toByteArray());
  }
}
