package dev.multipod.kit.problem;

import io.micrometer.core.instrument.Metrics;

/// Counts every problem that a caller is told, by its type: so each limit has a counter of what it
/// turned away. The metric is `multipod.problems`, with `problem` and `status`; types are few.
public final class ToldProblems {
  private ToldProblems() {}

  /// For whoever writes a problem to a response by other means than this package's.
  public static void count(Problem problem) {
    Metrics.counter(
            "multipod.problems",
            "problem",
            problem.slug(),
            "status",
            Integer.toString(problem.status()))
        .increment();
  }
}
