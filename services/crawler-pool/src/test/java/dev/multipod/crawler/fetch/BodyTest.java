package dev.multipod.crawler.fetch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class BodyTest {
  private static final Body.Bounds SMALL = new Body.Bounds(100, 1000, false);

  private static InputStream of(byte[] bytes) {
    return new ByteArrayInputStream(bytes);
  }

  private static byte[] gzip(byte[] bytes) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(bytes);
    }
    return out.toByteArray();
  }

  private static byte[] deflate(byte[] bytes, boolean raw) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (Deflater deflater = new Deflater(Deflater.DEFAULT_COMPRESSION, raw);
        DeflaterOutputStream deflated = new DeflaterOutputStream(out, deflater)) {
      deflated.write(bytes);
    }
    return out.toByteArray();
  }

  private static byte[] read(InputStream wire, @Nullable String encoding, Body.Bounds bounds)
      throws IOException {
    try (InputStream body = Body.open(wire, encoding, bounds)) {
      return body.readAllBytes();
    }
  }

  @Test
  void aBodyAtTheBoundIsReadAndOneByteMoreIsNot() throws IOException {
    assertEquals(100, read(of(new byte[100]), null, SMALL).length);
    assertThrows(Body.TooLarge.class, () -> read(of(new byte[101]), null, SMALL));
  }

  @Test
  void gzipAndBothKindsOfDeflateAreDecoded() throws IOException {
    byte[] text = "hello hello hello".getBytes(StandardCharsets.US_ASCII);

    assertArrayEquals(text, read(of(gzip(text)), "GZIP", SMALL));
    assertArrayEquals(text, read(of(deflate(text, false)), "deflate", SMALL));
    assertArrayEquals(text, read(of(deflate(text, true)), "deflate", SMALL));
  }

  @Test
  void aBombStopsAtTheBound() throws IOException {
    byte[] bomb = gzip(new byte[50_000_000]);
    ByteArrayInputStream wire = new ByteArrayInputStream(bomb);

    assertThrows(
        Body.TooLarge.class, () -> read(wire, "gzip", new Body.Bounds(5_000_000, 10_000, false)));
    assertTrue(wire.available() > bomb.length - 10_000);
  }

  @Test
  void whereCuttingIsAskedForTheRestIsIgnored() throws IOException {
    Body.Bounds cut = new Body.Bounds(100, 50, true);

    assertEquals(50, read(of(new byte[1000]), null, cut).length);
  }

  @Test
  void skippedBytesCountToo() throws IOException {
    try (InputStream body = Body.open(of(new byte[101]), null, SMALL)) {
      body.skipNBytes(100);

      assertThrows(Body.TooLarge.class, () -> body.skipNBytes(1));
    }
  }

  @Test
  void anEncodingThatWasNotAskedForIsRefused() {
    assertThrows(Body.UnknownEncoding.class, () -> read(of(new byte[1]), "br", SMALL));
    assertThrows(Body.UnknownEncoding.class, () -> read(of(new byte[1]), "gzip, gzip", SMALL));
  }
}
