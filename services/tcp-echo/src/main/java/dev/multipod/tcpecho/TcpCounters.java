package dev.multipod.tcpecho;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.inject.Singleton;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.LongAdder;

/// What the raw socket counts. Cheap to write from every event loop; summed when somebody looks. A
/// singleton, without a proxy: its fields are written directly.
@Singleton
class TcpCounters {
  /// Why a connection was turned away, or ended other than by its client's end of file.
  enum Reason {
    /// No place was free for the whole grace.
    FULL,
    /// Its address has its share already.
    ADDRESS,
    /// The process had no file descriptor left.
    DESCRIPTORS,
    /// It sent nothing for too long.
    IDLE,
    /// It took no reply for too long.
    WRITE_STALL,
    /// The client reset it, or the network did.
    RESET,
    /// The process stops.
    DRAIN;

    String label() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  final LongAdder accepted = new LongAdder();
  final LongAdder received = new LongAdder();
  final LongAdder reads = new LongAdder();
  private final Map<Reason, LongAdder> cut = new EnumMap<>(Reason.class);

  TcpCounters(MeterRegistry metrics) {
    count(metrics, "accepted", accepted, "Connections accepted");
    count(metrics, "received.bytes", received, "Bytes read from clients");
    count(metrics, "reads", reads, "Read batches; each is flushed once");
    for (Reason reason : Reason.values()) {
      LongAdder adder = new LongAdder();
      cut.put(reason, adder);
      FunctionCounter.builder("multipod.tcp-echo.cut", adder, LongAdder::sum)
          .tag("reason", reason.label())
          .description("Connections turned away or ended by something else than end of file")
          .register(metrics);
    }
  }

  void cut(Reason reason) {
    LongAdder adder = cut.get(reason);
    if (adder != null) {
      adder.increment();
    }
  }

  Map<String, Long> cuts() {
    Map<String, Long> byReason = new TreeMap<>();
    cut.forEach((reason, adder) -> byReason.put(reason.label(), adder.sum()));
    return byReason;
  }

  private static void count(MeterRegistry metrics, String what, LongAdder adder, String means) {
    FunctionCounter.builder("multipod.tcp-echo." + what, adder, LongAdder::sum)
        .description(means)
        .register(metrics);
  }
}
