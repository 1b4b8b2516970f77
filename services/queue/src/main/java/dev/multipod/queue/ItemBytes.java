package dev.multipod.queue;

import dev.multipod.kit.input.Text;
import dev.multipod.kit.problem.Problem;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/// An item's bytes as a JSON answer shows them: one of the two is there.
///
/// @param data the bytes, when they are UTF-8 text
/// @param b64 the bytes in Base64, when they are not
public record ItemBytes(@Nullable String data, @Nullable String b64) {
  public static ItemBytes of(byte[] bytes) {
    try {
      return new ItemBytes(Text.utf8(bytes), null);
    } catch (Problem notText) {
      return new ItemBytes(null, Base64.getEncoder().encodeToString(bytes));
    }
  }
}
