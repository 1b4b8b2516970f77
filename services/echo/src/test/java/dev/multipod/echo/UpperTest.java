package dev.multipod.echo;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.multipod.testkit.Tools;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class UpperTest {
  private static final int LONGEST = 64;

  @Test
  void everyByteAtEveryOffsetOfEveryLengthIsWhatPythonMakesOfIt() throws Exception {
    byte[] table = python("sys.stdout.buffer.write(bytes(range(256)).upper())");
    ByteBuffer heap = ByteBuffer.allocate(LONGEST + 16);
    ByteBuffer direct = ByteBuffer.allocateDirect(LONGEST + 16).order(ByteOrder.nativeOrder());
    for (int length = 0; length <= LONGEST; length++) {
      for (int at = 0; at < length; at++) {
        for (int value = 0; value < 256; value++) {
          check(heap, at % 8, length, at, (byte) value, table);
          check(direct, at % 8, length, at, (byte) value, table);
        }
      }
    }
  }

  @Test
  void nothingOutsideTheRangeChanges() {
    for (int from = 0; from <= 8; from++) {
      for (int length = 0; length <= LONGEST; length++) {
        byte[] bytes = new byte[LONGEST + 16];
        Arrays.fill(bytes, (byte) 'a');
        Upper.inPlace(ByteBuffer.wrap(bytes), from, from + length);
        for (int i = 0; i < bytes.length; i++) {
          boolean inside = i >= from && i < from + length;
          assertEquals(inside ? 'A' : 'a', bytes[i], "index " + i);
        }
      }
    }
  }

  @Test
  void allBytesInOneRunAreWhatPythonMakesOfThem() throws Exception {
    byte[] all = new byte[256 * 3 + 5];
    for (int i = 0; i < all.length; i++) {
      all[i] = (byte) i;
    }
    byte[] expected = python("sys.stdout.buffer.write(bytes(i % 256 for i in range(773)).upper())");
    assertArrayEquals(expected, Upper.copyOf(all));
  }

  private static void check(
      ByteBuffer buffer, int offset, int length, int at, byte value, byte[] table) {
    for (int i = 0; i < length; i++) {
      // Neighbours whose carry or borrow would show.
      buffer.put(offset + i, (byte) (i % 2 == 0 ? 0xff : 0x00));
    }
    buffer.put(offset + at, value);
    Upper.inPlace(buffer, offset, offset + length);
    for (int i = 0; i < length; i++) {
      byte expected = i == at ? table[value & 0xff] : (byte) (i % 2 == 0 ? 0xff : 0x00);
      if (buffer.get(offset + i) != expected) {
        throw new AssertionError(
            "byte %d at %d of %d became %d".formatted(value, at, length, buffer.get(offset + i)));
      }
    }
  }

  private static byte[] python(String statement) throws IOException, InterruptedException {
    Path python = Tools.require("python3", "that replies are bytes.upper()");
    Process process =
        new ProcessBuilder(python.toString(), "-c", "import sys; " + statement)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    byte[] output = process.getInputStream().readAllBytes();
    assertEquals(0, process.waitFor());
    return output;
  }
}
