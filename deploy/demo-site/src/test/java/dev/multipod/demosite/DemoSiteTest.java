package dev.multipod.demosite;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class DemoSiteTest {
  private static HttpResponse<byte[]> get(String path) throws IOException, InterruptedException {
    try (DemoSite site = new DemoSite("127.0.0.1", 0);
        HttpClient http = HttpClient.newHttpClient()) {
      URI uri = URI.create("http://127.0.0.1:" + site.port() + path);
      return http.send(
          HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofByteArray());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "/, 200, UTF-8, 130",
    "/pool, 200, UTF-8, 44",
    "/gr%C3%BC%C3%9Fe, 200, UTF-8, 41",
    "/%E6%B1%A0, 200, UTF-8, 30",
    "/latin1, 200, ISO-8859-1, 11",
    "/slow, 200, UTF-8, 16",
    "/missing, 404, UTF-8, 17",
    "/broken, 500, UTF-8, 11",
  })
  void everyPageHasItsStatusAndItsCodePoints(
      String path, int status, String charset, long codePoints)
      throws IOException, InterruptedException {
    HttpResponse<byte[]> answer = get(path);

    assertEquals(status, answer.statusCode());
    assertEquals(
        codePoints, new String(answer.body(), Charset.forName(charset)).codePoints().count());
  }

  @Test
  void theMovedPageLeadsToAnother() throws IOException, InterruptedException {
    HttpResponse<byte[]> answer = get("/moved");

    assertEquals(302, answer.statusCode());
    assertEquals("/pool", answer.headers().firstValue("Location").orElse(""));
  }

  @Test
  void robotsStayOutOfThePrivatePart() throws IOException, InterruptedException {
    String robots = new String(get("/robots.txt").body(), StandardCharsets.UTF_8);

    assertEquals("User-agent: *\nDisallow: /private/\n", robots);
  }
}
