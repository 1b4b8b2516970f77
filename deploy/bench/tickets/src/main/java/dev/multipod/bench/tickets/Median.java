package dev.multipod.bench.tickets;

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
}
