package dev.multipod.crawler.fetch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class PageTextTest {
  private static Optional<PageText> text(byte[] body, @Nullable String type) {
    try {
      return PageText.measure(new ByteArrayInputStream(body), type).text();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static PageText read(byte[] body, String type) {
    return text(body, type).orElseThrow();
  }

  @Test
  void aCharacterCutBetweenTwoReadsCountsOnce() {
    for (String unit : new String[] {"x🐍", "é", "池x池"}) {
      String text = unit.repeat(5000);
      for (Charset charset :
          new Charset[] {
            StandardCharsets.UTF_8, StandardCharsets.UTF_16LE, Charset.forName("GB18030")
          }) {
        String type = "text/plain; charset=" + charset.name();

        assertEquals(text.codePoints().count(), read(text.getBytes(charset), type).size());
      }
    }
  }

  @Test
  void malformedBytesCountAsTheyDecode() {
    byte[] bad = {'a', (byte) 0xff, (byte) 0xe6, (byte) 0xb1, 'b', (byte) 0xf0, (byte) 0x9f};

    long expected = new String(bad, StandardCharsets.UTF_8).codePoints().count();
    assertEquals(expected, read(bad, "text/plain").size());
  }

  @Test
  void sizeIsCodePoints() {
    assertEquals(3, read("a池🐍".getBytes(StandardCharsets.UTF_8), "text/html").size());
  }

  @Test
  void aByteOrderMarkOutranksTheHeaderAndIsNotCounted() {
    byte[] utf16 = {(byte) 0xff, (byte) 0xfe, 'a', 0, (byte) 0x20, (byte) 0xac};
    byte[] utf8 = {(byte) 0xef, (byte) 0xbb, (byte) 0xbf, 'a'};

    assertEquals(2, read(utf16, "text/plain; charset=UTF-8").size());
    assertEquals(1, read(utf8, "text/plain; charset=GBK").size());
  }

  @Test
  void theHeaderOutranksTheMeta() {
    byte[] gbk = "<meta charset=utf-8>进程".getBytes(Charset.forName("GBK"));

    assertEquals(22, read(gbk, "text/html; charset=\"gbk\"").size());
  }

  @Test
  void theMetaIsBelievedWithinTheFirstKibibyteOnly() {
    byte[] early = "<meta charset='gbk'>进程".getBytes(Charset.forName("GBK"));
    byte[] http =
        "<META http-equiv=Content-Type content=\"text/html; charset=gbk\">进程"
            .getBytes(Charset.forName("GBK"));
    byte[] late =
        (" ".repeat(1024) + "<meta charset=iso-8859-1>é").getBytes(StandardCharsets.UTF_8);

    assertEquals("GBK", read(early, "text/html").charset().name());
    assertEquals(22, read(early, "text/html").size());
    assertEquals("GBK", read(http, "text/html").charset().name());
    assertEquals("UTF-8", read(late, "text/html").charset().name());
  }

  @Test
  void withoutAnyWordItIsUtf8() {
    assertEquals("UTF-8", read("é".getBytes(StandardCharsets.UTF_8), "text/html").charset().name());
    assertEquals(
        "UTF-8",
        read("é".getBytes(StandardCharsets.UTF_8), "text/html; charset=no-such").charset().name());
  }

  @Test
  void latin1IsReadAsBrowsersDo() {
    assertEquals(
        "windows-1252", read(new byte[] {'a'}, "text/html; charset=ISO-8859-1").charset().name());
  }

  @Test
  void whatIsNotTextHasNoSize() {
    assertEquals(Optional.empty(), text(new byte[] {1}, "image/png"));
    assertEquals(Optional.empty(), text(new byte[] {0, 1}, null));
    assertTrue(text("{}".getBytes(StandardCharsets.UTF_8), "application/ld+json").isPresent());
  }

  @Test
  void retryAfterIsSecondsOrADate() {
    Instant now = Instant.parse("2026-01-01T00:00:00Z");

    assertEquals(Optional.of(Duration.ofSeconds(7)), Waits.retryAfter("7", now));
    assertEquals(
        Optional.of(Duration.ofMinutes(1)), Waits.retryAfter("Thu, 1 Jan 2026 00:01:00 GMT", now));
    assertEquals(
        Optional.of(Duration.ZERO), Waits.retryAfter("Wed, 31 Dec 2025 00:00:00 GMT", now));
    assertEquals(Optional.empty(), Waits.retryAfter("-1", now));
    assertEquals(Optional.empty(), Waits.retryAfter("soon", now));
  }
}
