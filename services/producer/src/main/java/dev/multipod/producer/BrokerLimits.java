package dev.multipod.producer;

import dev.multipod.kit.problem.Problem;
import dev.multipod.queue.Broker;
import dev.multipod.queue.DeliveryLimit;
import dev.multipod.queue.Order;
import dev.multipod.queue.QueueDefinition;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.config.ConfigResource;

/// The bounds that the broker sets to every share group. What it cannot do is refused with the
/// bound, not ignored.
///
/// @param deliveries after so many the broker drops a record without a word
record BrokerLimits(int deliveries, Duration leastLease, Duration mostLease) {
  private static final Duration USUAL_LEASE = Duration.ofSeconds(30);
  private static final int USUAL_DELIVERIES = 5;

  /// The most that Kafka allows. To be sure of the order costs deliveries now and then, and an item
  /// that has used up the broker's cannot be put again behind the others.
  private static final int FIFO_DELIVERIES = 10;

  static BrokerLimits read(Broker broker) throws InterruptedException, ExecutionException {
    Node node = broker.ask(broker.admin().describeCluster().nodes()).iterator().next();
    ConfigResource resource = new ConfigResource(ConfigResource.Type.BROKER, node.idString());
    Config config =
        broker.ask(broker.admin().describeConfigs(List.of(resource)).all()).get(resource);
    if (config == null) {
      throw Broker.away("it does not tell its configuration");
    }
    return new BrokerLimits(
        Integer.parseInt(value(config, "group.share.delivery.count.limit")),
        Duration.ofMillis(Long.parseLong(value(config, "group.share.min.record.lock.duration.ms"))),
        Duration.ofMillis(
            Long.parseLong(value(config, "group.share.max.record.lock.duration.ms"))));
  }

  private static String value(Config config, String name) {
    return config.get(name).value();
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
    if (!lease.equals(within(lease))) {
      throw refused(
          "lease",
          "%ds to %ds".formatted(leastLease.toSeconds(), mostLease.toSeconds()),
          mostLease.toSeconds());
    }
    int most = Math.max(1, deliveries - DeliveryLimit.SPARE);
    int maxDeliveries = request.maxDeliveries().orElse(Math.min(USUAL_DELIVERIES, most));
    if (maxDeliveries < 1 || maxDeliveries > most) {
      throw refused("maxDeliveries", "1 to %d".formatted(most), most);
    }
    return new QueueDefinition(
        name, maxsize, lease, maxDeliveries, order(request.order()), generation);
  }

  private Order order(Optional<String> asked) {
    String name = asked.orElse(Order.WORK.toString());
    Order order = Order.of(name).orElseThrow(() -> refused("order", "work or fifo"));
    if (order == Order.FIFO && deliveries < FIFO_DELIVERIES) {
      throw refused(
              "order",
              "work, unless the broker's group.share.delivery.count.limit is %d (it is %d)"
                  .formatted(FIFO_DELIVERIES, deliveries))
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
