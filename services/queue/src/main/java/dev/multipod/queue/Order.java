package dev.multipod.queue;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/// In which order a queue hands out its items.
public enum Order {
  /// To whoever asks, as many at once as ask: as `multiprocessing.Queue` with several consumers.
  @JsonProperty("work")
  WORK,

  /// Strictly in the order of acceptance, one lease at a time: nothing is handed out while anything
  /// before it is unfinished.
  @JsonProperty("fifo")
  FIFO;

  /// The order that a caller names; empty when there is no such order.
  public static Optional<Order> of(String name) {
    return Arrays.stream(values()).filter(each -> each.toString().equals(name)).findFirst();
  }

  /// As callers write it.
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
