package dev.multipod.udpecho;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.inject.Singleton;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.LongAdder;

/// What the raw sockets count; added to once a batch. A singleton, without a proxy: its fields are
/// written directly.
@Singleton
class UdpCounters {
  /// Why a datagram got no reply.
  enum Drop {
    /// Its source is over its rate.
    RATE,
    /// Its source has no bucket of its own, and the shared one is empty.
    OVERFLOW,
    /// From port 0, which cannot be sent to, from one whose service answers everything (echo 7,
    /// chargen 19), or from our own: two that answer each other never stop.
    PORT,
    /// From an address that is not one host's.
    ADDRESS,
    /// Larger than a slot: a reply could not be exact.
    TRUNCATED,
    /// The kernel did not take the reply.
    SEND;

    String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  final LongAdder received = new LongAdder();
  final LongAdder receivedBytes = new LongAdder();
  final LongAdder replied = new LongAdder();
  final LongAdder batches = new LongAdder();
  private final Map<Drop, LongAdder> dropped = new EnumMap<>(Drop.class);

  UdpCounters(MeterRegistry metrics) {
    count(metrics, "received", received, "Datagrams read");
    count(metrics, "received.bytes", receivedBytes, "Bytes of payload read");
    count(metrics, "replied", replied, "Replies that the kernel took");
    count(metrics, "batches", batches, "Reads that brought a datagram");
    for (Drop reason : Drop.values()) {
      LongAdder adder = new LongAdder();
      dropped.put(reason, adder);
      FunctionCounter.builder("multipod.udp-echo.dropped", adder, LongAdder::sum)
          .tag("reason", reason.label())
          .description("Datagrams read and not replied to")
          .register(metrics);
    }
  }

  void dropped(Drop reason, int count) {
    LongAdder adder = dropped.get(reason);
    if (adder != null) {
      adder.add(count);
    }
  }

  Map<String, Long> drops() {
    Map<String, Long> byReason = new TreeMap<>();
    dropped.forEach((reason, adder) -> byReason.put(reason.label(), adder.sum()));
    return byReason;
  }

  private static void count(MeterRegistry metrics, String what, LongAdder adder, String means) {
    FunctionCounter.builder("multipod.udp-echo." + what, adder, LongAdder::sum)
        .description(means)
        .register(metrics);
  }
}
