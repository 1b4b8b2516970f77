package dev.multipod.consumer;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.multipod.kit.peers.Peer;
import dev.multipod.kit.stream.Events;
import dev.multipod.kit.stream.Feed;
import dev.multipod.queue.Everywhere;
import dev.multipod.queue.Forward;
import io.vertx.core.http.HttpServerRequest;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.StreamingOutput;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;

/// What one watcher is told: what happens here, and what the other replicas tell. Its threads end
/// when it is closed.
final class SlotStream implements AutoCloseable {
  /// What it needs of its replica.
  record Means(SlotWatch watch, Everywhere everywhere, Forward forward, ObjectMapper json) {}

  private static final Duration LOOK = Duration.ofMillis(500);
  private static final Duration BEGINS = Duration.ofSeconds(2);

  private final Means means;
  private final HttpServerRequest request;
  private final Predicate<String> queues;
  private final Feed<SlotEvent> feed;
  private final Map<String, Thread> others = new ConcurrentHashMap<>();
  private final Map<String, String> away = new ConcurrentHashMap<>();
  private volatile boolean closed;

  /// @param queues of which queues is told
  /// @param most how many events the watcher may be behind
  SlotStream(Means means, HttpServerRequest request, Predicate<String> queues, int most) {
    this.means = means;
    this.request = request;
    this.queues = queues;
    this.feed = new Feed<>(most);
  }

  Feed<SlotEvent> feed() {
    return feed;
  }

  /// Begins: what is held now, then what happens.
  ///
  /// @param held the slots of this replica now; what is taken meanwhile may be told twice
  void begin(String replica, long from, List<SlotView> held) {
    feed.tell(new SlotEvent.Place("watching", Instant.now(), replica, null));
    for (SlotView slot : held) {
      if (queues.test(slot.queue())) {
        feed.tell(new SlotEvent.Item("held", Instant.now(), slot));
      }
    }
    Thread.ofVirtual().name("slots-here").start(() -> here(from));
    Thread.ofVirtual().name("slots-elsewhere").start(this::elsewhere);
  }

  private void here(long from) {
    try {
      long seen = from;
      while (!closed) {
        Feed.Page<SlotEvent.Item> page = means.watch.feed().after(seen, LOOK);
        for (Feed.Told<SlotEvent.Item> told : page.events()) {
          seen = told.number();
          if (queues.test(told.event().slot().queue())) {
            feed.tell(told.event());
          }
        }
        if (page.ended()) {
          feed.end();
          return;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// Follows every other replica, also those that come later.
  private void elsewhere() {
    try {
      while (!closed) {
        Map<String, Peer> known = new HashMap<>();
        means.everywhere.others(request).forEach(peer -> known.put(peer.name(), peer));
        others.values().removeIf(there -> !there.isAlive());
        // One that went for good is not told of again.
        away.keySet().retainAll(known.keySet());
        for (Peer peer : known.values()) {
          others.computeIfAbsent(
              peer.name(),
              name -> Thread.ofVirtual().name("slots-of-" + name).start(() -> there(peer)));
        }
        Thread.sleep(LOOK);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      others.values().forEach(Thread::interrupt);
    }
  }

  /// Follows one other replica until that ends.
  private void there(Peer peer) {
    String why = "its stream ended";
    try {
      Response answer =
          means.forward.stream(
              peer, Forward.Call.of(request).accepting(Events.LINES), request.uri(), BEGINS);
      StreamingOutput told = (StreamingOutput) answer.getEntity();
      if (answer.getStatus() == 200) {
        away.remove(peer.name());
        told.write(new Lines(line -> feed.tell(new SlotEvent.Passed(means.json.readTree(line)))));
      } else {
        why = "it answers " + answer.getStatus();
        told.write(OutputStream.nullOutputStream());
      }
    } catch (IOException e) {
      why = e.toString();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (!closed && away.put(peer.name(), why) == null) {
      feed.tell(new SlotEvent.Place("away", Instant.now(), peer.name(), why));
    }
  }

  @Override
  public void close() {
    closed = true;
    feed.end();
    others.values().forEach(Thread::interrupt);
  }
}
