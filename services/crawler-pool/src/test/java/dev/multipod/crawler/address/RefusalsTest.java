package dev.multipod.crawler.address;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.multipod.crawler.address.Destination.Usable;
import dev.multipod.crawler.address.Refusals.Permitted;
import dev.multipod.crawler.address.Refusals.Refused;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class RefusalsTest {
  private final Refusals refusals = new Refusals(Policies.allowing("127.0.0.1/32:8081"));

  private String code(String url) {
    return switch (refusals.judge(url)) {
      case Permitted permitted -> "permitted";
      case Refused refused -> {
        assertFalse(refused.why().contains("127."), refused.why());
        yield refused.code();
      }
    };
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://127.0.0.1:5432/",
        "http://127.0.0.1/",
        "http://[::1]:5432/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[::ffff:7f00:1]:5432/",
        "http://localhost/",
        "http://localhost:5432/",
        "http://LOCALHOST/",
        "http://a.localhost/",
        "http://[::]/",
        "http://0.0.0.0/",
        "http://localhost:8081/",
        "http://169.254.169.254/latest/meta-data",
        "http://[fd00:ec2::254]/",
        "http://example.com:5432/",
        "http://example.com:22/",
        "https://10.1.2.3/",
        "http://[64:ff9b::7f00:1]/",
        "http://[0:0:0:0:0:0:0:1]/"
      })
  void anInnerDestinationIsDenied(String url) {
    assertEquals("address-denied", code(url));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://0177.0.0.1/",
        "http://0177.0.0.1:5432/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://0x7f000001/",
        "http://127.1/",
        "http://127.0.1/",
        "http://017700000001/",
        "http://127.0.0.01/",
        "http://127.0.0.1./",
        "http://1.2.3.4.5/",
        "http://256.0.0.1/",
        "http://0x/",
        "http://example.0x7f/",
        "http://①②⑦.⓪.⓪.①/",
        "http://127。0。0。1/",
        "http://１２７.0.0.1/",
        "http://user@example.com/",
        "http://user:pw@example.com/",
        "http://example.com@127.0.0.1/",
        "http://example.com\\@127.0.0.1/",
        "http:\\\\example.com/",
        "http://example.com/\r\nHost: x",
        "http://exa mple.com/",
        "http://example.com/\u0000",
        "http://example.com/\u202e",
        "http://[::1/",
        "http://[::1%25lo]/",
        "http://[fe80::1%lo]/",
        "http://[127.0.0.1]/",
        "http://[::ffff:0177.0.0.1]/",
        "http://%31%32%37.0.0.1/",
        "http://127.0.0.1%00.example.com/",
        "http://example..com/",
        "http://-a.com/",
        "http://",
        "http:///etc/passwd",
        "http:/example.com",
        "//example.com/",
        "example.com",
        "",
        "ftp://example.com/",
        "file:///etc/passwd",
        "gopher://example.com/",
        "jar:http://a!/b",
        "http://example.com:99999/",
        "http://example.com:0/",
        "http://example.com:80:80/",
        "http://a:b:c/",
        "http://ex\tample.com/",
        "javascript:alert(1)"
      })
  void whatParsersReadDifferentlyIsRefused(String url) {
    assertEquals("invalid-url", code(url));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://example.com", "https://example.com/", "HTTP://EXAMPLE.COM/Path?q=ü#top",
        "http://bücher.example/", "http://1.1.1.1/", "http://[2606:4700::1111]/",
        "http://127.0.0.1:8081/池", "http://example.com:443/", "http://a_b.example/%zz",
        "http://names.example:8081/"
      })
  void anOuterDestinationIsPermitted(String url) {
    assertEquals("permitted", code(url));
  }

  @ParameterizedTest
  @CsvSource({
    "http://example.com, /, example.com:80",
    "https://example.com?q=1, /?q=1, example.com:443",
    "http://bücher.example/ü?x=池#y, /%C3%BC?x=%E6%B1%A0, xn--bcher-kva.example:80",
    "http://[2606:4700:0::1111]:80/a%2Fb, /a%2Fb, [2606:4700:0:0:0:0:0:1111]:80",
    "http://[::ffff:1.1.1.1]/, /, 1.1.1.1:80",
  })
  void aUrlIsTakenApart(String url, String target, String authority) {
    Destination destination = ((Usable) Destination.parse(url)).destination();

    assertEquals(target, destination.target());
    assertEquals(authority, destination.authority());
    assertEquals(url, destination.original());
  }

  @ParameterizedTest
  @CsvSource({
    "/x, http://example.com:80/x",
    "x, http://example.com:80/a/x",
    "../x, http://example.com:80/x",
    "../../../x, http://example.com:80/x",
    "./, http://example.com:80/a/",
    "?z, http://example.com:80/a/b?z",
    "'', http://example.com:80/a/b?q",
    "//other.example/y, http://other.example:80/y",
    "https://other.example/y, https://other.example:443/y",
    "ü, http://example.com:80/a/%C3%BC",
  })
  void aRedirectIsResolved(String location, String to) {
    Destination from = ((Usable) Destination.parse("http://example.com/a/b?q")).destination();

    assertEquals(to, ((Usable) from.resolve(location)).destination().normalized());
  }

  @Test
  void aRedirectToAnInnerPlaceIsJudgedLikeAnyUrl() {
    Destination from = ((Usable) Destination.parse("http://example.com/a")).destination();

    assertEquals("address-denied", ((Refused) refusals.judge(from.resolve("//127.0.0.1/"))).code());
    assertEquals("invalid-url", ((Refused) refusals.judge(from.resolve("//0x7f.1/"))).code());
    assertEquals("invalid-url", ((Refused) refusals.judge(from.resolve("/\\evil"))).code());
  }
}
