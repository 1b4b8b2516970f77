package dev.multipod.bench.queue;

import java.util.List;

/// Of measurements.
final class Median {
  private Median() {}

  static double of(List<Double> values) {
    return quantile(values, 0.5);
  }

  /// @param share 0.99 is the 99th percentile
  static double quantile(List<Double> values, double share) {
    List<Double> sorted = values.stream().sorted().toList();
    return sorted.get((int) Math.min(sorted.size() - 1L, (long) (share * sorted.size())));
  }

  /// `p50 1.23 ms, p99 4.56 ms (200 times)`.
  static String told(List<Double> millis) {
    return "p50 %.2f ms, p99 %.2f ms (%d times)"
        .formatted(of(millis), quantile(millis, 0.99), millis.size());
  }
}
