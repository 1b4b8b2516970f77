package dev.multipod.kit.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class FeedTest {
  private static final Duration LONG = Duration.ofSeconds(60);

  private final Feed<String> feed = new Feed<>(3);

  private static List<String> events(Feed.Page<String> page) {
    return page.events().stream().map(Feed.Told::event).toList();
  }

  @Test
  void aFollowerSeesWhatCameAfterWhatItKnows() throws Exception {
    feed.tell("a");
    feed.tell("b");
    assertEquals(List.of("a", "b"), events(feed.after(0, LONG)));
    assertEquals(List.of(new Feed.Told<>(2, "b")), feed.after(1, LONG).events());
  }

  @Test
  void aFollowerWithNothingToSeeWaitsForTheNextEvent() throws Exception {
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<Feed.Page<String>> next = threads.submit(() -> feed.after(0, LONG));
      feed.tell("a");
      assertEquals(List.of("a"), events(next.get()));
    }
  }

  @Test
  void whoIsTooSlowIsToldHowManyItMissed() throws Exception {
    for (String event : List.of("a", "b", "c", "d", "e")) {
      feed.tell(event);
    }
    Feed.Page<String> page = feed.after(1, LONG);
    assertEquals(List.of("c", "d", "e"), events(page));
    assertEquals(1, page.missed());
  }

  @Test
  void theEndComesWithTheLastEventsAndNothingComesAfterIt() throws Exception {
    feed.tell("a");
    assertFalse(feed.after(0, LONG).ended());
    feed.end();
    feed.tell("b");
    Feed.Page<String> page = feed.after(0, LONG);
    assertEquals(List.of("a"), events(page));
    assertTrue(page.ended());
    assertTrue(feed.after(1, LONG).events().isEmpty());
  }
}
