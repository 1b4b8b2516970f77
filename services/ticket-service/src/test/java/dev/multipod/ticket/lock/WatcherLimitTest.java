package dev.multipod.ticket.lock;

import static io.restassured.RestAssured.given;
import static org.hamcrest.Matchers.equalTo;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.multipod.testkit.Await;
import dev.multipod.testkit.PostgresResource;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

@QuarkusTest
@QuarkusTestResource(PostgresResource.class)
@TestProfile(WatcherLimitTest.FewWatchers.class)
class WatcherLimitTest {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final int WATCHERS = 3;

  /// A bound that a test can reach.
  public static final class FewWatchers implements QuarkusTestProfile {
    @Override
    public Map<String, String> getConfigOverrides() {
      return Map.of("multipod.ticket-service.lock.max-watchers", Integer.toString(WATCHERS));
    }
  }

  @TestHTTPResource("/ticket-service/locks/")
  URI locks;

  @Test
  void aWatcherTooManyIsRefusedAndHasAPlaceWhenAnotherLeaves() throws Exception {
    String lock = "lock-" + UUID.randomUUID();
    List<LockStream> streams = new ArrayList<>();
    try {
      while (streams.size() < WATCHERS) {
        assertTrue(watch(lock, streams));
      }
      given()
          .get("/ticket-service/locks/" + lock + "/events")
          .then()
          .statusCode(503)
          .header("Retry-After", "1")
          .body("type", equalTo("urn:multipod:problem:too-many-watchers"))
          .body("limit", equalTo(WATCHERS));

      streams.removeLast().close();

      Await.until("a free place", SOON, () -> watch(lock, streams));
    } finally {
      for (LockStream stream : streams) {
        stream.close();
      }
    }
  }

  /// @return whether there was a place
  private boolean watch(String lock, List<LockStream> streams) throws Exception {
    try {
      return streams.add(new LockStream(locks.resolve(lock + "/events")));
    } catch (AssertionError refused) {
      return false;
    }
  }
}
