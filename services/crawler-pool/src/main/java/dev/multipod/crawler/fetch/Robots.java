package dev.multipod.crawler.fetch;

import crawlercommons.robots.BaseRobotRules;
import crawlercommons.robots.SimpleRobotRules;
import crawlercommons.robots.SimpleRobotRulesParser;
import dev.multipod.crawler.address.Destination;
import dev.multipod.crawler.address.Refusals;
import dev.multipod.crawler.fetch.RobotsStore.Known;
import dev.multipod.crawler.fetch.RobotsStore.Verdict;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// Whether a site wants to be visited (RFC 9309): 4xx means there are no rules, 5xx and silence
/// mean no, and 429 means later.
@ApplicationScoped
class Robots {
  private final RobotsStore store;
  private final PageClient client;
  private final Turns turns;
  private final Refusals refusals;
  private final FetchLimits limits;
  private final PolitenessSettings settings;

  Robots(
      RobotsStore store,
      PageClient client,
      Turns turns,
      Refusals refusals,
      FetchLimits limits,
      PolitenessSettings settings) {
    this.store = store;
    this.client = client;
    this.turns = turns;
    this.refusals = refusals;
    this.limits = limits;
    this.settings = settings;
  }

  /// What the site said about a page.
  sealed interface Answer {}

  /// Come in.
  ///
  /// @param spacing the pause that the site is owed after the request
  record Allowed(Duration spacing) implements Answer {}

  /// Stay out.
  record Denied(String code, String detail) implements Answer {}

  /// Come again.
  record Deferred(Duration after) implements Answer {}

  /// It is not known yet, and another request to the site is under way.
  record Busy() implements Answer {}

  /// Asks for a page. A robots.txt that is not known yet is fetched, in its own turn.
  ///
  /// @param wait whether to wait for a turn, if one is needed
  Answer ask(Destination page, long holder, boolean wait)
      throws FetchFailure, InterruptedException {
    Optional<Known> known = store.find(page);
    if (known.isEmpty()) {
      if (!(wait ? turns.take(page, holder) : turns.tryTake(page, holder))) {
        return new Busy();
      }
      try {
        Known fetched = fetch(page);
        store.put(page, fetched);
        known = Optional.of(fetched);
      } finally {
        turns.release(page, holder, turns.spacing(page));
      }
    }
    return judge(page, known.get());
  }

  private Answer judge(Destination page, Known known) {
    return switch (known.verdict()) {
      case allow -> new Allowed(turns.spacing(page));
      case deny ->
          new Denied("robots-unavailable", "The site's robots.txt cannot be had, so it is closed.");
      case defer -> new Deferred(known.validFor());
      case rules -> judge(page, parse(page, known.body()));
    };
  }

  private Answer judge(Destination page, SimpleRobotRules rules) {
    if (!rules.isAllowed(page.normalized())) {
      return new Denied("robots-denied", "The site's robots.txt forbids this page.");
    }
    Duration spacing = turns.spacing(page);
    if (rules.getCrawlDelay() != BaseRobotRules.UNSET_CRAWL_DELAY) {
      Duration asked = Duration.ofMillis(rules.getCrawlDelay());
      if (asked.compareTo(settings.maxCrawlDelay()) > 0) {
        return new Denied(
            "crawl-delay-too-long", "The site asks for a longer pause than is kept here.");
      }
      spacing = spacing.compareTo(asked) < 0 ? asked : spacing;
    }
    return new Allowed(spacing);
  }

  private SimpleRobotRules parse(Destination page, byte[] body) {
    SimpleRobotRulesParser parser = new SimpleRobotRulesParser(Long.MAX_VALUE, 0);
    return parser.parseContent(
        page.origin() + "/robots.txt", body, "text/plain", List.of(settings.robotsName()));
  }

  private Known fetch(Destination page) throws FetchFailure, InterruptedException {
    Destination at = page.at("/robots.txt");
    Body.Bounds bounds =
        new Body.Bounds(
            settings.robotsSize().asLongValue(), settings.robotsSize().asLongValue(), true);
    long deadline = System.nanoTime() + limits.total().toNanos();
    for (int hop = 0; hop <= limits.redirects(); hop++) {
      PageClient.Answer<byte[]> answer;
      try {
        answer =
            client.get(
                at,
                Duration.ofNanos(deadline - System.nanoTime()),
                bounds,
                (body, type) -> body.readAllBytes());
      } catch (FetchFailure failure) {
        if (failure.code().equals("timed-out")) {
          return closed();
        }
        throw failure;
      }
      int status = answer.status();
      if (status >= 300 && status < 400 && answer.location() != null) {
        switch (refusals.judge(at.resolve(answer.location()))) {
          case Refusals.Permitted next -> at = next.destination();
          case Refusals.Refused refused -> {
            return new Known(Verdict.allow, new byte[0], settings.robotsAge());
          }
        }
        continue;
      }
      if (status == 429) {
        Duration after =
            Waits.retryAfter(answer.retryAfter(), Instant.now())
                .orElse(settings.robotsRetry())
                .plusMillis(1);
        return new Known(Verdict.defer, new byte[0], after);
      }
      if (status >= 500) {
        return closed();
      }
      return status >= 200 && status < 300
          ? new Known(Verdict.rules, answer.body(), settings.robotsAge())
          : new Known(Verdict.allow, new byte[0], settings.robotsAge());
    }
    // Too many redirects count as no robots.txt (RFC 9309, section 2.3.1.2).
    return new Known(Verdict.allow, new byte[0], settings.robotsAge());
  }

  private Known closed() {
    return new Known(Verdict.deny, new byte[0], settings.robotsRetry());
  }
}
