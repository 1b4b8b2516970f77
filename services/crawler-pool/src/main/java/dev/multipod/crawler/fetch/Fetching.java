package dev.multipod.crawler.fetch;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.multipod.crawler.address.Destination;
import dev.multipod.crawler.address.Refusals;
import dev.multipod.crawler.fetch.PageClient.Answer;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;

/// Fetches a page: each hop is judged, asks the site's robots.txt, waits its turn, and is one
/// request within what is left of the time.
@ApplicationScoped
public class Fetching {
  private static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);
  private static final Set<Integer> PASSING = Set.of(429, 502, 503, 504);
  private static final Duration ROBOTS_RETRY_AT_LEAST = Duration.ofMillis(100);

  private final Refusals refusals;
  private final Robots robots;
  private final Turns turns;
  private final PageClient client;
  private final FetchLimits limits;

  Fetching(Refusals refusals, Robots robots, Turns turns, PageClient client, FetchLimits limits) {
    this.refusals = refusals;
    this.robots = robots;
    this.turns = turns;
    this.client = client;
    this.limits = limits;
  }

  /// Fetches a page.
  ///
  /// @param holder who takes the turns: different for every claim
  /// @param retries how often it was tried again already
  public Fetched fetch(String url, long holder, int retries) throws InterruptedException {
    try {
      return hops(url, holder, retries);
    } catch (FetchFailure failure) {
      return failure.retryable() && retries < limits.retries()
          ? new Fetched.Later(pause(retries), true)
          : failed(failure.code(), failure.detail());
    }
  }

  private Fetched hops(String url, long holder, int retries)
      throws FetchFailure, InterruptedException {
    Duration left = limits.total();
    Refusals.Verdict verdict = refusals.judge(url);
    for (int hop = 0; hop <= limits.redirects(); hop++) {
      Destination at =
          switch (verdict) {
            case Refusals.Permitted permitted -> permitted.destination();
            case Refusals.Refused refused ->
                throw FetchFailure.lasting(refused.code(), refused.why());
          };
      boolean first = hop == 0;
      Duration spacing;
      switch (robots.ask(at, holder, !first)) {
        case Robots.Allowed allowed -> spacing = allowed.spacing();
        case Robots.Denied denied -> {
          return failed(denied.code(), denied.detail());
        }
        case Robots.Busy busy -> {
          return later();
        }
        case Robots.Deferred deferred -> {
          return deferred(deferred.after(), retries);
        }
      }
      // The first hop gives its place in the pool back, rather than wait in it.
      if (!(first ? turns.tryTake(at, holder) : turns.take(at, holder))) {
        return later();
      }
      long begin = System.nanoTime();
      Answer<PageText.Content> answer = request(at, holder, left, spacing);
      left = left.minusNanos(System.nanoTime() - begin);
      if (!REDIRECTS.contains(answer.status()) || answer.location() == null) {
        return ended(url, at, answer, retries);
      }
      verdict = refusals.judge(at.resolve(answer.location()));
    }
    return failed(
        "too-many-redirects",
        "The site redirects more than %d times.".formatted(limits.redirects()));
  }

  private Answer<PageText.Content> request(
      Destination at, long holder, Duration left, Duration spacing)
      throws FetchFailure, InterruptedException {
    Duration pause = spacing;
    try {
      Answer<PageText.Content> answer =
          client.get(
              at,
              left,
              new Body.Bounds(limits.wire().asLongValue(), limits.decoded().asLongValue(), false),
              PageText::measure);
      Optional<Duration> asked = asked(answer);
      if (asked.isPresent() && asked.get().compareTo(pause) > 0) {
        pause = asked.get();
      }
      return answer;
    } finally {
      turns.release(at, holder, pause);
    }
  }

  /// The pause that the site asks for, when it is one that is kept.
  private Optional<Duration> asked(Answer<?> answer) {
    return PASSING.contains(answer.status())
        ? Waits.retryAfter(answer.retryAfter(), Instant.now())
            .filter(wait -> wait.compareTo(limits.maxRetryAfter()) <= 0)
        : Optional.empty();
  }

  private Fetched ended(String url, Destination at, Answer<PageText.Content> answer, int retries) {
    if (PASSING.contains(answer.status()) && retries < limits.retries()) {
      Optional<Duration> asked = Waits.retryAfter(answer.retryAfter(), Instant.now());
      if (asked.isEmpty()) {
        return new Fetched.Later(pause(retries), true);
      }
      if (asked.get().compareTo(limits.maxRetryAfter()) <= 0) {
        return new Fetched.Later(asked.get(), true);
      }
    }
    JsonNode result = describe(url, at, answer);
    return answer.status() == 200
        ? new Fetched.Page(result)
        : new Fetched.Failed(
            "http-status", "The site answered %d.".formatted(answer.status()), result);
  }

  private static JsonNode describe(String url, Destination at, Answer<PageText.Content> answer) {
    ObjectNode result = JsonNodeFactory.instance.objectNode();
    result.put("status", answer.status());
    if (!at.original().equals(url)) {
      result.put("finalUrl", at.normalized());
    }
    String type = answer.contentType();
    if (type != null) {
      result.put("contentType", printable(type));
    }
    result.put("bytes", answer.body().bytes());
    answer
        .body()
        .text()
        .ifPresent(
            text -> {
              result.put("charset", text.charset().name());
              result.put("size", text.size());
            });
    return result;
  }

  private static String printable(String header) {
    String clean = header.replaceAll("\\p{Cntrl}", "?");
    return clean.length() > 200 ? clean.substring(0, 200) : clean;
  }

  private Fetched deferred(Duration after, int retries) {
    return retries < limits.retries() && after.compareTo(limits.maxRetryAfter()) <= 0
        ? new Fetched.Later(after.plus(ROBOTS_RETRY_AT_LEAST), true)
        : failed("robots-deferred", "The site's robots.txt asks to come again later.");
  }

  private Duration pause(int retries) {
    return limits.retryPause().multipliedBy(1L << Math.min(retries, 20));
  }

  private static Fetched later() {
    return new Fetched.Later(Duration.ZERO, false);
  }

  private static Fetched failed(String code, String detail) {
    return new Fetched.Failed(code, detail, NullNode.getInstance());
  }
}
