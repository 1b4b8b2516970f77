package dev.multipod.consumer;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;

/// Takes bytes and gives lines, without their ends; empty ones are left out.
final class Lines extends OutputStream {
  /// Who takes the lines.
  interface Taking {
    void line(byte[] line) throws IOException;
  }

  private static final int LONGEST = 64 * 1024;

  private final Taking taking;
  private final ByteArrayOutputStream line = new ByteArrayOutputStream();

  Lines(Taking taking) {
    this.taking = taking;
  }

  @Override
  public void write(int one) throws IOException {
    if (one != '\n') {
      if (line.size() >= LONGEST) {
        throw new IOException("a line is longer than " + LONGEST);
      }
      line.write(one);
    } else if (line.size() > 0) {
      byte[] whole = line.toByteArray();
      line.reset();
      taking.line(whole);
    }
  }
}
