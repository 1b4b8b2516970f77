package dev.multipod.consumer;

import dev.multipod.queue.BrokerConfig;
import dev.multipod.queue.BrokerDemand;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Optional;
import java.util.OptionalLong;

/// A queue's share group must take all slots of a replica, which may all be for one queue.
@ApplicationScoped
class SlotsDemand implements BrokerDemand {
  private static final String BOUND = "group.share.max.size";

  private final int slots;

  SlotsDemand(ConsumerSettings settings) {
    slots = settings.slots();
  }

  @Override
  public Optional<String> unmet(BrokerConfig brokers) {
    OptionalLong most = brokers.least(BOUND);
    if (most.isEmpty() || slots <= most.getAsLong()) {
      return Optional.empty();
    }
    return Optional.of(
        "multipod.consumer.slots is %d: with the broker's %s it is at most %d, for all replicas together"
            .formatted(slots, BOUND, most.getAsLong()));
  }
}
