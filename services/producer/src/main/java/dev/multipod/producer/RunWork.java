package dev.multipod.producer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.multipod.kit.input.IdempotencyKey;
import dev.multipod.kit.problem.Problem;
import dev.multipod.queue.Attributes;
import dev.multipod.queue.Directory;
import dev.multipod.queue.QueueDefinition;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/// Works a run off: puts its items one after the other, as `put(item)` of Python does, which waits
/// for a place, and joins the queue.
final class RunWork {
  /// What it needs of its replica.
  record Means(
      Putting putting,
      Joining joining,
      Directory directory,
      ObjectMapper json,
      RunSettings settings) {}

  /// Whoever began the run.
  ///
  /// @param trace travels with the items
  /// @param token is shown to owners elsewhere, and kept nowhere else
  record Beginner(Map<String, String> trace, Optional<String> token) {
    private Map<String, String> headers() {
      Map<String, String> headers = new HashMap<>(trace);
      token.ifPresent(it -> headers.put(HttpHeaders.AUTHORIZATION, it));
      return headers;
    }
  }

  /// What a put or a join was answered, here or by another replica.
  private record Answer(int status, JsonNode body) {
    boolean mayPass() {
      return status == 503 || status == 504;
    }

    String problem() {
      String type = body.path("type").asText();
      return type.startsWith(Problem.TYPE_PREFIX)
          ? type.substring(Problem.TYPE_PREFIX.length())
          : "http-" + status;
    }

    String detail() {
      return body.path("detail").asText();
    }
  }

  private interface Ask {
    Response answer() throws InterruptedException;
  }

  private static final String TEXT = "text/plain;charset=UTF-8";

  /// A put or a join is asked for again and again, so that what it waits for can be told.
  private static final Duration WAIT = Duration.ofSeconds(10);

  private static final Duration RETRY = Duration.ofMillis(500);

  private final Means means;
  private final Run run;
  private final QueueDefinition queue;
  private final String keys;
  private final Beginner beginner;

  /// @param key of the call that began the run: the items' keys are made of it, so that a repeated
  ///   call puts them once, also at another replica
  RunWork(Means means, Run run, QueueDefinition queue, IdempotencyKey key, Beginner beginner) {
    this.means = means;
    this.run = run;
    this.queue = queue;
    this.keys = "run-" + IdempotencyKey.fingerprint(key.value()) + "-";
    this.beginner = beginner;
  }

  /// How the run ends.
  RunState.Ended work() throws InterruptedException {
    RunState.Putting putting = new RunState.Putting(0, run.begun());
    for (int n = 1; n <= run.plan().count(); n++) {
      if (n > 1 && !run.pause(run.plan().interval())) {
        return stopped(putting);
      }
      Optional<RunState.Ended> end = put(putting, n);
      if (end.isPresent()) {
        return end.get();
      }
      putting = putting.oneMore();
      run.now(putting);
    }
    RunState.Joining joining = putting.all();
    run.now(joining);
    return join(joining);
  }

  private RunState.Stopped stopped(RunState.Live now) {
    return now.stopped(run.whyStop());
  }

  /// @return the end, when there is no next item
  private Optional<RunState.Ended> put(RunState.Putting now, int n) throws InterruptedException {
    Map<String, String> all = beginner.headers();
    all.put(IdempotencyKey.HEADER, keys + n);
    all.put(HttpHeaders.CONTENT_TYPE, TEXT);
    RunCall call = new RunCall(run, "POST", all);
    byte[] text = run.plan().item(n);
    Item item = new Item(new IdempotencyKey(keys + n), TEXT, text, Attributes.NONE, beginner.trace);
    Trouble trouble = new Trouble();
    // Without waiting first, to be able to say that the queue is full.
    Duration wait = Duration.ZERO;
    while (!run.isStopping()) {
      Duration patience = wait;
      Answer answer = ask(() -> means.putting.put(queue.name(), item, patience, call));
      if (answer.status == 201) {
        String id = answer.body.path("id").asText();
        run.feed().tell(RunEvent.put(n, new String(text, StandardCharsets.UTF_8), id));
        return Optional.empty();
      }
      if (answer.status == 429) {
        if (wait.isZero()) {
          run.feed().tell(RunEvent.full(n));
        }
        wait = WAIT;
        trouble.over();
      } else if (trouble.isTooMuch(answer)) {
        return Optional.of(now.failed(answer.problem(), answer.detail()));
      }
    }
    return Optional.of(stopped(now));
  }

  private RunState.Ended join(RunState.Joining now) throws InterruptedException {
    RunCall call = new RunCall(run, "GET", beginner.headers());
    Trouble trouble = new Trouble();
    Duration wait = Duration.ZERO;
    long told = -1;
    while (!run.isStopping()) {
      Duration patience = wait;
      Answer answer = ask(() -> means.joining.join(queue.name(), patience, call));
      if (answer.status == 200) {
        return now.joined();
      }
      if (answer.status == 202) {
        long unfinished = answer.body.path("unfinished").asLong();
        if (unfinished != told) {
          run.feed().tell(RunEvent.joining(unfinished));
          told = unfinished;
        }
        wait = WAIT;
        trouble.over();
      } else if (trouble.isTooMuch(answer)) {
        return now.failed(answer.problem(), answer.detail());
      }
    }
    return stopped(now);
  }

  private Answer ask(Ask question) throws InterruptedException {
    try {
      // One of the same name that came later is not ours.
      if (!means.directory.isCurrent(queue)) {
        throw Directory.unknown(queue.name());
      }
      Response answer = question.answer();
      JsonNode body =
          switch (answer.getEntity()) {
            case null -> means.json.createObjectNode();
            case byte[] bytes -> means.json.readTree(bytes);
            case Object entity -> means.json.valueToTree(entity);
          };
      return new Answer(answer.getStatus(), body);
    } catch (Problem problem) {
      return new Answer(problem.status(), means.json.valueToTree(problem.members()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Something that passes, for as long as the run has patience.
  private final class Trouble {
    private long since;
    private boolean on;

    void over() {
      on = false;
    }

    /// Whether to give up; else it has paused.
    boolean isTooMuch(Answer answer) throws InterruptedException {
      if (run.isStopping()) {
        return false;
      }
      if (!answer.mayPass()) {
        return true;
      }
      long now = System.nanoTime();
      if (!on) {
        on = true;
        since = now;
        run.feed().tell(RunEvent.retrying(answer.problem(), answer.detail()));
      }
      if (now - since > means.settings.patience().toNanos()) {
        return true;
      }
      run.pause(RETRY);
      return false;
    }
  }
}
