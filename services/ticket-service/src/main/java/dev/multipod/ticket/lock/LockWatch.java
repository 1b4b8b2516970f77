package dev.multipod.ticket.lock;

import com.fasterxml.jackson.annotation.JsonIgnore;
import dev.multipod.kit.problem.Problem;
import dev.multipod.ticket.lock.LockViews.LockView;
import dev.multipod.ticket.lock.LockViews.Tenure;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// What one watcher of a lock has been told, and what is new to it. The history of tenures is what
/// it is told from: nothing is missed between two looks, nor by a watcher that comes back.
final class LockWatch {
  /// Something that happened to the lock.
  sealed interface Event {
    /// In the stream.
    @JsonIgnore
    String name();

    /// Where a watcher that comes back goes on; empty where it cannot.
    @JsonIgnore
    default Optional<String> id() {
      return Optional.empty();
    }
  }

  /// Somebody has it now.
  record Granted(String lock, long token, UUID owner, String pod, Instant at) implements Event {
    @Override
    public String name() {
      return "granted";
    }

    @Override
    public Optional<String> id() {
      return Optional.of(Long.toString(token));
    }
  }

  /// A tenure is over.
  ///
  /// @param how released, expired, left
  record Ended(String lock, long token, @Nullable String how, Instant at) implements Event {
    @Override
    public String name() {
      return "ended";
    }

    @Override
    public Optional<String> id() {
      return Optional.of(token + ENDED);
    }
  }

  /// So many wait now.
  record Queue(String lock, int waiters) implements Event {
    @Override
    public String name() {
      return "queue";
    }
  }

  private static final String ENDED = "-ended";
  private static final Pattern ID = Pattern.compile("(\\d{1,18})(" + ENDED + ")?");
  private static final int BATCH = 256;

  private final LockViews views;
  private final String lock;
  private boolean begun;
  private long granted;
  private long ended;
  private int waiters = -1;
  private boolean behind;

  /// A watcher.
  ///
  /// @param lastId what it was told last, when it comes back
  /// @throws Problem 400 `invalid-last-event-id`
  LockWatch(LockViews views, String lock, Optional<String> lastId) {
    this.views = views;
    this.lock = lock;
    if (lastId.isPresent()) {
      Matcher id = ID.matcher(lastId.get());
      if (!id.matches()) {
        throw Problem.of(
            400,
            "invalid-last-event-id",
            "The Last-Event-ID is none of ours",
            "Send the id of an event of this stream, or leave the header out.");
      }
      begun = true;
      granted = Long.parseLong(id.group(1));
      ended = id.group(2) == null ? granted - 1 : granted;
    }
  }

  /// What happened since the last look, in its order; at the first look, who has the lock.
  List<Event> look() {
    List<Event> events = new ArrayList<>();
    Optional<LockView> found = views.lock(lock);
    if (found.isEmpty()) {
      // Whatever comes is new.
      begun = true;
      return events;
    }
    LockView now = found.get();
    if (!begun) {
      begun = true;
      ended = now.held() ? now.token() - 1 : now.token();
      granted = ended;
    }
    boolean open = granted > ended;
    if (now.token() > granted || (open && !now.held())) {
      List<Tenure> tenures = views.tenuresAfter(lock, ended, BATCH);
      tenures.forEach(tenure -> add(tenure, events));
      behind = tenures.size() == BATCH;
    }
    if (now.waiters() != waiters) {
      waiters = now.waiters();
      events.add(new Queue(lock, waiters));
    }
    return events;
  }

  /// Whether the last look was cut off at its bound: there is more to be told already.
  boolean isBehind() {
    return behind;
  }

  private void add(Tenure tenure, List<Event> events) {
    if (tenure.token() > granted) {
      granted = tenure.token();
      events.add(new Granted(lock, granted, tenure.owner(), tenure.pod(), tenure.grantedAt()));
    }
    Instant over = tenure.endedAt();
    if (over != null && tenure.token() > ended) {
      ended = tenure.token();
      events.add(new Ended(lock, ended, tenure.how(), over));
    }
  }
}
