package dev.multipod.ssh.exec;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;

/// Cuts a stream of bytes into pieces that are text where they can be, and base64 where not. A
/// character that is cut by the end of a chunk waits for its other half.
final class Characters {
  /// @param text whether `value` is the text itself, and not base64
  record Piece(boolean text, String value) {}

  private byte[] held = {};

  List<Piece> add(byte[] bytes) {
    byte[] all = Arrays.copyOf(held, held.length + bytes.length);
    System.arraycopy(bytes, 0, all, held.length, bytes.length);
    int whole = all.length - cutTail(all);
    held = Arrays.copyOfRange(all, whole, all.length);
    return whole == 0 ? List.of() : List.of(piece(all, whole));
  }

  /// What still waits, at the end.
  List<Piece> rest() {
    return held.length == 0 ? List.of() : List.of(piece(held, held.length));
  }

  /// A text of its own.
  static Piece whole(byte[] bytes) {
    return piece(bytes, bytes.length);
  }

  private static Piece piece(byte[] bytes, int length) {
    try {
      return new Piece(
          true,
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, 0, length)).toString());
    } catch (CharacterCodingException e) {
      return new Piece(false, Base64.getEncoder().encodeToString(Arrays.copyOf(bytes, length)));
    }
  }

  /// How many bytes at the end begin a UTF-8 character that goes on.
  private static int cutTail(byte[] bytes) {
    for (int back = 1; back <= Math.min(3, bytes.length); back++) {
      int b = bytes[bytes.length - back] & 0xff;
      if (b >= 0xc2) {
        int needed = b >= 0xf0 ? 4 : b >= 0xe0 ? 3 : 2;
        return needed > back ? back : 0;
      }
      if (b < 0x80) {
        return 0;
      }
    }
    return 0;
  }
}
