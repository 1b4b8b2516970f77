package dev.multipod.consumer;

import java.util.concurrent.Callable;

/// Who takes an item: a loop of this replica, by its name, or a caller by HTTP.
final class Taker {
  private static final ScopedValue<String> NAME = ScopedValue.newInstance();
  private static final String CALLER = "http";

  private Taker() {}

  /// Whoever takes on this thread now.
  static String name() {
    return NAME.orElse(CALLER);
  }

  /// Does something as the loop of that name.
  static <T> T as(String name, Callable<T> work) throws Exception {
    return ScopedValue.where(NAME, name).call(work::call);
  }
}
