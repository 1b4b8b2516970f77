package dev.multipod.consumer;

import dev.multipod.kit.input.Names;
import dev.multipod.kit.problem.Problem;
import dev.multipod.queue.RunMembers;
import java.time.Duration;
import java.util.Optional;

/// The body of `POST /consumer/runs`; all but the queue may be left out.
///
/// @param name who eats; default `eater`
/// @param loops how many items at once; default 2
/// @param each how long an item is kept; default 1.5 s
record EatRequest(
    Optional<String> queue,
    Optional<String> name,
    Optional<Integer> loops,
    Optional<Duration> each) {
  static final EatRequest EMPTY =
      new EatRequest(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());

  /// What loops are to do.
  record Plan(String queue, String name, int loops, Duration each) {}

  /// @throws Problem 400 `invalid-name`, 422 `invalid-run`
  Plan plan(EatSettings settings) {
    Plan plan =
        new Plan(
            Names.require(
                "queue",
                queue.orElseThrow(() -> RunMembers.refused("queue", "the name of a queue"))),
            RunMembers.words("name", name.orElse("eater")),
            loops.orElse(settings.loops()),
            each.orElse(settings.each()));
    if (plan.loops < 1 || plan.loops > settings.maxLoops()) {
      throw RunMembers.refused(
          "loops",
          "1 to %d, the setting multipod.consumer.eat.max-loops".formatted(settings.maxLoops()));
    }
    if (plan.each.compareTo(settings.maxEach()) > 0) {
      throw RunMembers.refused(
          "each",
          "at most %ds, the setting multipod.consumer.eat.max-each"
              .formatted(settings.maxEach().toSeconds()));
    }
    return plan;
  }
}
