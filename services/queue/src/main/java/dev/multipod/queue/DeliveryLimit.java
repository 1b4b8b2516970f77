package dev.multipod.queue;

import dev.multipod.kit.problem.Problem;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.concurrent.ExecutionException;

/// The broker's `group.share.delivery.count.limit`: a record that was acquired so often and is not
/// accepted then is dropped without a word.
///
/// Kafka counts acquisitions. A share consumer acquires for itself too, so this is not how often an
/// item was in somebody's hands; it only tells when the broker is about to drop it.
@ApplicationScoped
public class DeliveryLimit {
  /// How many deliveries are kept from hand-outs, for putting an item again before it is dropped.
  public static final int SPARE = 2;

  /// The broker's setting.
  public static final String NAME = "group.share.delivery.count.limit";

  private static final Duration KNOWN_FOR = Duration.ofMinutes(1);

  private record Known(int limit, long at) {}

  private final Broker broker;
  private volatile Known known = new Known(0, 0);

  DeliveryLimit(Broker broker) {
    this.broker = broker;
  }

  /// Whether a record that was delivered so often must not be handed out any more.
  ///
  /// @throws Problem 503 `broker-away`
  public boolean isNear(int deliveries) throws InterruptedException {
    // The least limit that Kafka allows is 2.
    return deliveries > 1 && deliveries > Math.max(1, limit() - SPARE);
  }

  private int limit() throws InterruptedException {
    Known now = known;
    if (now.limit == 0 || System.nanoTime() - now.at > KNOWN_FOR.toNanos()) {
      now = new Known(readOr(now.limit), System.nanoTime());
      known = now;
    }
    return now.limit;
  }

  /// @param before what it was; 0 when that is not known
  private int readOr(int before) throws InterruptedException {
    try {
      return read();
    } catch (Problem away) {
      if (before == 0) {
        throw away;
      }
      return before;
    }
  }

  private int read() throws InterruptedException {
    try {
      return Math.toIntExact(
          BrokerConfig.read(broker, broker.admin())
              .least(NAME)
              .orElseThrow(() -> Broker.away("it does not tell its " + NAME)));
    } catch (ExecutionException e) {
      throw Broker.away(e);
    }
  }
}
