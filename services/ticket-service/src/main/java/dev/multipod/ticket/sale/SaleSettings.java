package dev.multipod.ticket.sale;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import io.smallrye.config.WithName;
import java.time.Duration;

/// How tickets are sold.
@ConfigMapping(prefix = "multipod.ticket-service.sale")
public interface SaleSettings {
  /// How long a sale thinks between reading and writing, for an event that does not say.
  @WithDefault("0s")
  Duration think();

  /// The longest `think` of an event; a longer one gets 422 `think-too-long`.
  @WithDefault("5s")
  Duration maxThink();

  /// How long an order waits for its turn when it does not say; at most `multipod.wait.max`. Then
  /// 503 `order-wait-ran-out`.
  @WithDefault("30s")
  @WithName("wait")
  Duration usualWait();

  /// The lease under which `mutex` sells; renewed for as long as it sells. What a killed replica
  /// costs the others.
  @WithDefault("2s")
  Duration ttl();

  /// How many orders `mutex` sells at most by one write, which hands the lock on.
  @WithDefault("256")
  int tenureOrders();

  /// How many orders may be under way in this replica; one more gets 503 `too-many-orders`.
  @WithDefault("10000")
  int maxOrders();

  /// How many tickets of an event may get numbers, which its first order by `seats` gives to all
  /// that are left; with more, that order gets 422 `too-many-seats`.
  @WithDefault("100000")
  int maxSeats();

  /// How many buyers one rush may have; more get 422 `too-many-buyers`.
  @WithDefault("5000")
  int maxBuyers();
}
