package dev.multipod.crawler;

import static dev.multipod.crawler.Client.expect;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(SharedRig.class)
final class FetchIT {
  private final Rig rig;
  private final Client client;

  FetchIT(Rig rig) {
    this.rig = rig;
    this.client = new Client(rig.first);
  }

  private static String fetch(String url) {
    return "{\"kind\":\"fetch\",\"url\":\"%s\"}".formatted(url);
  }

  private JsonNode fetched(String url) {
    String pool = Rig.name();
    client.makePool(pool, 1);
    return client.ended(client.submitted(pool, fetch(url)).getFirst());
  }

  @ParameterizedTest
  @CsvSource({
    "/drip, timed-out",
    "/bomb, too-large",
    "/big, too-large",
    "/endless, too-large",
    "/headers, headers-too-large",
    "/loop, too-many-redirects",
    "/cut, connection-broken",
    "/not-http, connection-broken",
    "/busy, http-status",
    "/much-later, http-status",
  })
  void aHostilePageIsAFailedResult(String path, String code) {
    JsonNode task = fetched(rig.hostile.url(path));

    assertEquals("failed", task.path("state").asText());
    assertEquals(code, task.path("error").path("code").asText());
  }

  @ParameterizedTest
  @CsvSource({
    "/inside, address-denied",
    "/metadata, address-denied",
    "/inside-in-disguise, invalid-url"
  })
  void aRedirectInsideIsNotFollowedAndTellsNothing(String path, String code) {
    JsonNode task = fetched(rig.hostile.url(path));

    assertEquals(code, task.path("error").path("code").asText());
    assertFalse(task.path("error").toString().contains("5432"), task.toString());
    assertFalse(task.path("error").toString().contains("169.254"), task.toString());
    assertTrue(task.path("result").isMissingNode());
  }

  @Test
  void aPortThatNobodyListensOnIsAFailedResultAfterItsRetries() {
    JsonNode task = fetched("http://127.0.0.1:" + rig.silentPort + "/");

    assertEquals("connect-failed", task.path("error").path("code").asText());
    assertEquals(2, task.path("retries").asInt());
    assertFalse(task.path("error").toString().contains("127.0.0.1"), task.toString());
  }

  @Test
  void aBusySiteIsTriedAgainAfterTheTimeItAskedFor() {
    JsonNode task = fetched(rig.hostile.url("/later"));

    assertEquals("succeeded", task.path("state").asText());
    assertEquals(1, task.path("retries").asInt());
    assertEquals(1, task.path("attempts").asInt());
    assertEquals(7, task.path("result").path("size").asInt());
    List<RawSite.Visit> visits =
        rig.hostile.visits.stream().filter(visit -> visit.path().equals("/later")).toList();
    assertTrue(visits.get(1).begin() - visits.get(0).end() >= 950_000_000L);
  }

  @Test
  void aSiteThatStaysBusyIsLeftAloneAfterTwoRetries() {
    JsonNode task = fetched(rig.hostile.url("/busy"));

    assertEquals(503, task.path("result").path("status").asInt());
    assertEquals(2, task.path("retries").asInt());
  }

  @Test
  void whatIsNotTextReportsItsBytesAlone() {
    String pool = Rig.name();
    client.makePool(pool, 1);
    client.submitted(pool, fetch(rig.hostile.url("/picture")));
    client.drained(pool);

    JsonNode result = Client.parse(client.get("/pools/" + pool + "/results").body()).path("result");
    assertEquals(3, result.path("bytes").asInt());
    assertTrue(result.path("size").isMissingNode());
    assertEquals("", client.get("/pools/" + pool + "/results", "Accept", "text/plain").body());
  }

  @ParameterizedTest
  @CsvSource({
    "/missing, failed, http-status, 404",
    "/broken, failed, http-status, 500",
    "/private/, failed, robots-denied, 0",
    "/inside, failed, address-denied, 0",
    "/moved, succeeded, '', 200",
    "/slow, succeeded, '', 200",
    "/latin1, succeeded, '', 200",
  })
  void theDemonstrationSiteIsReadAsItIs(String path, String state, String code, int status) {
    JsonNode task = fetched(rig.demoUrl(path));

    assertEquals(state, task.path("state").asText(), task.toString());
    assertEquals(code, task.path("error").path("code").asText());
    assertEquals(status, task.path("result").path("status").asInt());
  }

  @Test
  void aFailedPageHasNoLineAndDoesNotBlockJoin() {
    String pool = Rig.name();
    client.makePool(pool, 4);
    client.submitted(
        pool,
        "[%s,%s,%s]"
            .formatted(
                fetch(rig.demoUrl("/pool")),
                fetch(rig.demoUrl("/missing")),
                fetch(rig.demoUrl("/broken"))));

    JsonNode end = client.drained(pool);

    assertEquals(1, end.path("tasks").path("succeeded").asInt());
    assertEquals(2, end.path("tasks").path("failed").asInt());
    assertEquals(
        "url:%s size:44\n".formatted(rig.demoUrl("/pool")),
        client.get("/pools/" + pool + "/results", "Accept", "text/plain").body());
  }

  @Test
  void aSiteWhoseRobotsFileIsBrokenIsClosed() {
    JsonNode task = fetched(rig.closed.url("/page"));

    assertEquals("robots-unavailable", task.path("error").path("code").asText());
    assertEquals(0, rig.closed.visitsTo("/page"));
  }

  @Test
  void aSiteThatDefersItsRobotsFileIsVisitedLaterAndNotAtOnce() {
    JsonNode task = fetched(rig.deferring.url("/page"));

    assertEquals("robots-deferred", task.path("error").path("code").asText());
    assertEquals(0, rig.deferring.visitsTo("/page"));
    assertEquals(3, rig.deferring.visitsTo("/robots.txt"));
  }

  @Test
  void requestsToASiteAreOneAtATimeAndSpacedOverAllReplicasAndPools() {
    List<String> pools = List.of(Rig.name(), Rig.name());
    Client other = new Client(rig.second);
    for (String pool : pools) {
      client.makePool(pool, 4);
      String tasks =
          IntStream.range(0, 4)
              .mapToObj(n -> fetch(rig.polite.url("/" + pool + "/" + n)))
              .collect(Collectors.joining(",", "[", "]"));
      other.submitted(pool, tasks);
    }
    pools.forEach(client::drained);

    List<RawSite.Visit> visits =
        rig.polite.visits.stream().sorted((a, b) -> Long.compare(a.begin(), b.begin())).toList();
    assertEquals(9, visits.size());
    assertEquals(1, rig.polite.visitsTo("/robots.txt"));
    for (int i = 1; i < visits.size(); i++) {
      long pause = visits.get(i).begin() - visits.get(i - 1).end();
      assertTrue(pause >= Rig.SPACING.toNanos(), "visit " + i + " after " + pause + " ns");
    }
  }

  @Test
  void aUrlIsRefusedAtOnceWhenItAloneSaysWhereItLeads() {
    String pool = Rig.name();
    client.makePool(pool, 1);
    Map<String, String> refused =
        Map.ofEntries(
            Map.entry("http://127.0.0.1:5432/", "address-denied"),
            Map.entry("http://localhost:5432/", "address-denied"),
            Map.entry("http://[::1]:5432/", "address-denied"),
            Map.entry("http://[::ffff:127.0.0.1]:5432/", "address-denied"),
            Map.entry("http://0.0.0.0:5432/", "address-denied"),
            Map.entry("http://127.0.0.1/", "address-denied"),
            Map.entry("http://0177.0.0.1:5432/", "invalid-url"),
            Map.entry("http://2130706433:5432/", "invalid-url"),
            Map.entry("http://0x7f.1:5432/", "invalid-url"),
            Map.entry("http://127.1:5432/", "invalid-url"),
            Map.entry("http://a@127.0.0.1:5432/", "invalid-url"),
            Map.entry("http://example.com\\\\@127.0.0.1:5432/", "invalid-url"),
            Map.entry("http://１２７.0.0.1:5432/", "invalid-url"));

    refused.forEach(
        (url, slug) ->
            assertEquals(slug, expect(422, client.submit(pool, fetch(url))).problem(), url));
    assertEquals(0, client.get("/pools/" + pool).json().path("tasks").path("pending").asInt());
  }

  @ParameterizedTest
  @ValueSource(strings = {"inside.example", "mixed.example"})
  void aNameWithAnyInnerAddressIsDeniedAndTellsNothing(String host) {
    JsonNode task = fetched("http://%s/".formatted(host));

    assertEquals("address-denied", task.path("error").path("code").asText());
    assertFalse(task.path("error").toString().matches(".*\\d+\\.\\d+.*"), task.toString());
  }

  @Test
  void aNameThatLeadsToAnAllowedPlaceIsFetched() {
    JsonNode task = fetched("http://demo.example:%d/pool".formatted(rig.demo.port()));

    assertEquals(44, task.path("result").path("size").asInt(), task.toString());
  }
}
