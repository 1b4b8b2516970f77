package dev.multipod.kit.input;

import dev.multipod.kit.problem.Problem;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/// Bodies that must be text. Take a `byte[]` in the REST method and decode it here: the platform's
/// own `String` reader replaces what is not UTF-8 without a word.
public final class Text {
  private Text() {}

  /// Decodes a body.
  ///
  /// @throws Problem 400 `not-utf-8`
  public static String utf8(byte[] body) {
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPORT)
          .onUnmappableCharacter(CodingErrorAction.REPORT)
          .decode(ByteBuffer.wrap(body))
          .toString();
    } catch (CharacterCodingException e) {
      throw Problem.of(
          400, "not-utf-8", "The body is not UTF-8 text", "Send text encoded as UTF-8.");
    }
  }
}
