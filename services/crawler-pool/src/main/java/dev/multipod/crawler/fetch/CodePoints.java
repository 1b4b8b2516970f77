package dev.multipod.crawler.fetch;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.Charset;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;

/// Counts the Unicode code points of a text that comes in pieces. What is malformed counts as the
/// replacement characters that it decodes to.
final class CodePoints {
  private final CharsetDecoder decoder;
  private final CharBuffer decoded = CharBuffer.allocate(4096);

  /// Bytes of a character that was cut between two pieces, before the next piece.
  private ByteBuffer pending = ByteBuffer.allocate(0);

  private long count;

  CodePoints(Charset charset) {
    decoder =
        charset
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPLACE)
            .onUnmappableCharacter(CodingErrorAction.REPLACE);
  }

  void add(byte[] piece, int offset, int length) {
    ByteBuffer bytes = ByteBuffer.allocate(pending.remaining() + length);
    bytes.put(pending).put(piece, offset, length).flip();
    decode(bytes, false);
    pending = bytes.slice();
  }

  /// The count, after the last piece.
  long end() {
    decode(pending, true);
    CoderResult result;
    do {
      result = decoder.flush(decoded);
      countDecoded();
    } while (result.isOverflow());
    return count;
  }

  private void decode(ByteBuffer bytes, boolean last) {
    CoderResult result;
    do {
      result = decoder.decode(bytes, decoded, last);
      countDecoded();
    } while (result.isOverflow());
  }

  private void countDecoded() {
    decoded.flip();
    while (decoded.hasRemaining()) {
      if (!Character.isLowSurrogate(decoded.get())) {
        count++;
      }
    }
    decoded.clear();
  }
}
