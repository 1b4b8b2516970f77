package dev.multipod.producer;

import dev.multipod.kit.input.Names;
import dev.multipod.kit.problem.Problem;
import dev.multipod.queue.RunMembers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;

/// The body of `POST /producer/runs`; all but the queue may be left out.
///
/// @param name who puts; default `producer`
/// @param dish what is put; default `dish`
/// @param item what an item says, `{dish}`, `{n}` and `{name}` replaced; default `{dish} {n} of
///   {name}`
/// @param count how many items; default 3
/// @param interval the pause after each put but the last; default 1 s
record RunRequest(
    Optional<String> queue,
    Optional<String> name,
    Optional<String> dish,
    Optional<String> item,
    Optional<Integer> count,
    Optional<Duration> interval) {
  static final RunRequest EMPTY =
      new RunRequest(
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty());

  private static final int PATTERN_LENGTH = 1000;

  /// What a run is to do.
  record Plan(String queue, String name, String dish, String item, int count, Duration interval) {

    /// The text of an item.
    ///
    /// @param n from 1
    byte[] item(int n) {
      // In this order, so that a name with braces is only a name.
      return item.replace("{n}", String.valueOf(n))
          .replace("{dish}", dish)
          .replace("{name}", name)
          .getBytes(StandardCharsets.UTF_8);
    }
  }

  /// @throws Problem 400 `invalid-name`, 422 `invalid-run`
  Plan plan(RunSettings settings) {
    Plan plan =
        new Plan(
            Names.require(
                "queue",
                queue.orElseThrow(() -> RunMembers.refused("queue", "the name of a queue"))),
            RunMembers.words("name", name.orElse("producer")),
            RunMembers.words("dish", dish.orElse("dish")),
            item.orElse("{dish} {n} of {name}"),
            count.orElse(3),
            interval.orElse(Duration.ofSeconds(1)));
    if (plan.item.isEmpty() || plan.item.length() > PATTERN_LENGTH) {
      throw RunMembers.refused("item", "1 to %d characters".formatted(PATTERN_LENGTH));
    }
    if (plan.count < 1 || plan.count > settings.maxCount()) {
      throw RunMembers.refused(
          "count",
          "1 to %d, the setting multipod.producer.run.max-count".formatted(settings.maxCount()));
    }
    if (plan.interval.compareTo(settings.maxInterval()) > 0) {
      throw RunMembers.refused(
          "interval",
          "at most %ds, the setting multipod.producer.run.max-interval"
              .formatted(settings.maxInterval().toSeconds()));
    }
    return plan;
  }
}
