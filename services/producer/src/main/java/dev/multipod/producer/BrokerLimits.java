package dev.multipod.producer;

import dev.multipod.kit.problem.Problem;
import dev.multipod.queue.Broker;
import dev.multipod.queue.BrokerConfig;
import dev.multipod.queue.DeliveryLimit;
import dev.multipod.queue.Order;
import dev.multipod.queue.QueueDefinition;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ExecutionException;

/// The bounds that the broker sets to every share group. What it cannot do is refused with the
/// bound, not ignored.
///
/// @param deliveries after so many the broker drops a record without a word
record BrokerLimits(int deliveries, Duration leastLease, Duration mostLease) {
  private static final String LEAST_LEASE = "group.share.min.record.lock.duration.ms";
  private static final String MOST_LEASE = "group.share.max.record.lock.duration.ms";
  private static final Duration USUAL_LEASE = Duration.ofSeconds(30);
  private static final int USUAL_DELIVERIES = 5;

  /// The most that Kafka allows. To be sure of the order costs deliveries now and then, and an item
  /// that has used up the broker's cannot be put again behind the others.
  private static final int FIFO_DELIVERIES = 10;

  static BrokerLimits read(Broker broker) throws InterruptedException, ExecutionException {
    BrokerConfig config = BrokerConfig.read(broker, broker.admin());
    return new BrokerLimits(
        Math.toIntExact(told(DeliveryLimit.NAME, config.least(DeliveryLimit.NAME))),
        Duration.ofMillis(told(LEAST_LEASE, config.most(LEAST_LEASE))),
        Duration.ofMillis(told(MOST_LEASE, config.least(MOST_LEASE))));
  }

  private static long told(String name, OptionalLong value) {
    return value.orElseThrow(() -> Broker.away("it does not tell its " + name));
  }

  /// The queue as asked for.
  ///
  /// @throws Problem 422 `queue-limits`
  QueueDefinition define(String name, int generation, QueueRequest request) {
    int maxsize = request.maxsize().orElse(0);
    if (maxsize < 0) {
      throw refused("maxsize", "0 (no bound) or more", 0);
    }
    Duration lease = request.lease().orElse(within(USUAL_LEASE));
    if (lease.compareTo(leastLease) < 0) {
      throw refusedLease("at least", seconds(leastLease), LEAST_LEASE);
    }
    if (lease.compareTo(mostLease) > 0) {
      throw refusedLease("at most", seconds(mostLease), MOST_LEASE);
    }
    int most = Math.max(1, deliveries - DeliveryLimit.SPARE);
    int maxDeliveries = request.maxDeliveries().orElse(Math.min(USUAL_DELIVERIES, most));
    if (maxDeliveries < 1) {
      throw refused("maxDeliveries", "1 or more", 1);
    }
    if (maxDeliveries > most) {
      throw refused(
          "maxDeliveries",
          "at most %d, %d less than the broker's %s"
              .formatted(most, DeliveryLimit.SPARE, DeliveryLimit.NAME),
          most);
    }
    return new QueueDefinition(
        name, maxsize, lease, maxDeliveries, order(request.order()), generation);
  }

  private static Problem refusedLease(String side, String bound, String setting) {
    return refused("lease", "%s %s, the broker's %s".formatted(side, bound, setting))
        .with("limit", bound);
  }

  /// `15s`, `0.5s`.
  private static String seconds(Duration lease) {
    return BigDecimal.valueOf(lease.toMillis(), 3).stripTrailingZeros().toPlainString() + "s";
  }

  private Order order(Optional<String> asked) {
    String name = asked.orElse(Order.WORK.toString());
    Order order = Order.of(name).orElseThrow(() -> refused("order", "work or fifo"));
    if (order == Order.FIFO && deliveries < FIFO_DELIVERIES) {
      throw refused(
              "order",
              "work, unless the broker's %s is %d (it is %d)"
                  .formatted(DeliveryLimit.NAME, FIFO_DELIVERIES, deliveries))
          .with("limit", FIFO_DELIVERIES);
    }
    return order;
  }

  private Duration within(Duration lease) {
    if (lease.compareTo(leastLease) < 0) {
      return leastLease;
    }
    return lease.compareTo(mostLease) > 0 ? mostLease : lease;
  }

  private static Problem refused(String member, String bounds, long limit) {
    return refused(member, bounds).with("limit", limit);
  }

  private static Problem refused(String member, String bounds) {
    return Problem.of(
            422,
            "queue-limits",
            "The queue cannot be made like this",
            "'%s' must be %s.".formatted(member, bounds))
        .with("member", member);
  }
}
