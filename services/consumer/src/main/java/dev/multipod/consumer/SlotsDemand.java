package dev.multipod.consumer;

import dev.multipod.queue.Broker;
import dev.multipod.queue.BrokerConfig;
import dev.multipod.queue.BrokerDemand;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;

/// A queue's share group must take all slots of a replica, which may all be for one queue.
@ApplicationScoped
class SlotsDemand implements BrokerDemand {
  private static final String BOUND = "group.share.max.size";

  private final int slots;

  SlotsDemand(ConsumerSettings settings) {
    slots = settings.slots();
  }

  @Override
  public Optional<String> unmet(Broker broker, Admin admin)
      throws InterruptedException, ExecutionException {
    OptionalLong most = BrokerConfig.read(broker, admin).least(BOUND);
    if (most.isEmpty() || slots <= most.getAsLong()) {
      return Optional.empty();
    }
    return Optional.of(
        "multipod.consumer.slots is %d: with the broker's %s it is at most %d, for all replicas together"
            .formatted(slots, BOUND, most.getAsLong()));
  }
}
