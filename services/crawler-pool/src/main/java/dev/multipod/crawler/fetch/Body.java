package dev.multipod.crawler.fetch;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PushbackInputStream;
import java.util.Locale;
import java.util.zip.GZIPInputStream;
import java.util.zip.Inflater;
import java.util.zip.InflaterInputStream;
import java.util.zip.ZipException;
import org.jspecify.annotations.Nullable;

/// Reads a body within bounds, on the wire and decoded; a small bomb stops at the bound, not after
/// it has been unpacked.
final class Body {
  private Body() {}

  /// How much may be read.
  ///
  /// @param cut whether a longer body is cut to the bound, instead of refused
  record Bounds(long wire, long decoded, boolean cut) {}

  static final class TooLarge extends IOException {
    private static final long serialVersionUID = 1L;
  }

  static final class UnknownEncoding extends IOException {
    private static final long serialVersionUID = 1L;
  }

  /// Opens a body for reading within its bounds.
  ///
  /// @param encoding the Content-Encoding header: gzip or deflate, or nothing
  static InputStream open(InputStream wire, @Nullable String encoding, Bounds bounds)
      throws IOException {
    InputStream bounded = new Bounded(wire, bounds.wire, bounds.cut);
    return new Bounded(decoding(bounded, encoding), bounds.decoded, bounds.cut);
  }

  private static InputStream decoding(InputStream wire, @Nullable String encoding)
      throws IOException {
    String name = encoding == null ? "" : encoding.strip().toLowerCase(Locale.ROOT);
    return switch (name) {
      case "", "identity" -> wire;
      case "gzip", "x-gzip" -> new GZIPInputStream(wire);
      case "deflate" -> inflating(wire);
      default -> throw new UnknownEncoding();
    };
  }

  /// `deflate` means zlib (RFC 9110), but some servers send it raw: the first byte tells.
  private static InputStream inflating(InputStream wire) throws IOException {
    PushbackInputStream peeked = new PushbackInputStream(wire, 1);
    int first = peeked.read();
    if (first < 0) {
      throw new ZipException("empty");
    }
    peeked.unread(first);
    boolean zlib = (first & 0x0f) == 8;
    return new Inflating(peeked, new Inflater(!zlib));
  }

  /// Frees the inflater's native memory at the end of the body.
  private static final class Inflating extends InflaterInputStream {
    Inflating(InputStream in, Inflater inflater) {
      super(in, inflater);
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      int n = super.read(buffer, offset, length);
      if (n < 0) {
        inf.end();
      }
      return n;
    }
  }

  private static final class Bounded extends FilterInputStream {
    private final boolean cut;
    private long left;

    Bounded(InputStream in, long bound, boolean cut) {
      super(in);
      this.left = bound;
      this.cut = cut;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      if (left == 0 && cut) {
        return -1;
      }
      // One more than is left, to tell an end from an excess.
      int n = super.read(buffer, offset, (int) Math.min(length, left + (cut ? 0 : 1)));
      if (n > left) {
        throw new TooLarge();
      }
      left -= Math.max(n, 0);
      return n;
    }

    @Override
    public boolean markSupported() {
      return false;
    }

    /// Skipped bytes count as read ones.
    @Override
    public long skip(long n) throws IOException {
      byte[] skipped = new byte[Math.clamp(n, 0, 8192)];
      return Math.max(read(skipped, 0, skipped.length), 0);
    }
  }
}
