package dev.multipod.kit.stream;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.multipod.kit.problem.Problem;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.ws.rs.NotAcceptableException;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.StreamingOutput;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;

/// Tells a caller what a [Feed] has, an event at a time, until the feed or the caller ends: lines
/// of JSON for `curl -N`, or server-sent events (HTML Living Standard, 9.2) whose id is the event's
/// number.
@ApplicationScoped
public class Events {
  /// One JSON object a line, and an empty line as a sign of life.
  public static final String LINES = "application/x-ndjson";

  private static final Duration LOOK = Duration.ofMillis(500);

  /// A line that says nothing: who does not take it is gone, and no idle time-out cuts the rest.
  private static final Duration SIGN_OF_LIFE = Duration.ofSeconds(10);

  /// An event.
  public interface Event {
    /// What happened, as the event's name among server-sent events.
    String event();
  }

  private final ObjectMapper json;

  Events(ObjectMapper json) {
    this.json = json;
  }

  /// The answer; it is written by the thread of the request, which is a virtual one.
  ///
  /// @param accepted what the caller takes, best first
  /// @param after the number of the last event that the caller knows; 0 for all that are kept
  /// @param gone whether the caller has closed its connection
  public <E extends Event> Response of(
      Feed<E> feed, List<MediaType> accepted, long after, BooleanSupplier gone) {
    boolean lines = wantsLines(accepted);
    StreamingOutput out =
        stream -> {
          try {
            tell(feed, stream, lines, after, gone);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException();
          }
        };
    return Response.ok(out, lines ? LINES : MediaType.SERVER_SENT_EVENTS)
        .header("Cache-Control", "no-store")
        .build();
  }

  /// The number in a `Last-Event-ID`.
  ///
  /// @throws Problem 400 `invalid-last-event-id`
  public static long after(String lastEventId) {
    if (lastEventId.matches("\\d{1,18}")) {
      return Long.parseLong(lastEventId);
    }
    throw Problem.of(
        400,
        "invalid-last-event-id",
        "The Last-Event-ID is not of this stream",
        "A Last-Event-ID is the id of an event of this stream; leave it out to begin anew.");
  }

  private static boolean wantsLines(List<MediaType> accepted) {
    for (MediaType type : accepted) {
      if (type.isCompatible(MediaType.valueOf(LINES))) {
        return true;
      }
      if (type.isCompatible(MediaType.SERVER_SENT_EVENTS_TYPE)) {
        return false;
      }
    }
    throw new NotAcceptableException();
  }

  private <E extends Event> void tell(
      Feed<E> feed, OutputStream out, boolean lines, long after, BooleanSupplier gone)
      throws IOException, InterruptedException {
    long seen = after;
    long told = System.nanoTime();
    while (!gone.getAsBoolean()) {
      Feed.Page<E> page = feed.after(seen, LOOK);
      if (page.missed() > 0) {
        write(out, lines, seen + page.missed(), "missed", missed(page.missed()));
      }
      for (Feed.Told<E> event : page.events()) {
        write(out, lines, event.number(), event.event().event(), event.event());
        seen = event.number();
        told = System.nanoTime();
      }
      if (System.nanoTime() - told > SIGN_OF_LIFE.toNanos()) {
        out.write((lines ? "\n" : ":\n\n").getBytes(StandardCharsets.US_ASCII));
        told = System.nanoTime();
      }
      out.flush();
      if (page.ended()) {
        return;
      }
    }
  }

  private static Map<String, Object> missed(long events) {
    return Map.of("event", "missed", "events", events);
  }

  private void write(OutputStream out, boolean lines, long id, String name, Object event)
      throws IOException {
    String data = json.writeValueAsString(event);
    String text = lines ? data + "\n" : "id: %d\nevent: %s\ndata: %s\n\n".formatted(id, name, data);
    out.write(text.getBytes(StandardCharsets.UTF_8));
  }
}
