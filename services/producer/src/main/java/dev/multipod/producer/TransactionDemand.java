package dev.multipod.producer;

import dev.multipod.queue.BrokerConfig;
import dev.multipod.queue.BrokerDemand;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;

/// The brokers must let a transaction stay open for as long as [ProducerSettings#transaction] says.
@ApplicationScoped
class TransactionDemand implements BrokerDemand {
  private static final String BOUND = "transaction.max.timeout.ms";
  private static final Duration LEAST = Duration.ofSeconds(1);

  private final Duration asked;

  TransactionDemand(ProducerSettings settings) {
    asked = settings.transaction();
  }

  @Override
  public Optional<String> unmet(BrokerConfig brokers) {
    if (asked.compareTo(LEAST) < 0) {
      return Optional.of(
          "multipod.producer.transaction is %d ms: it is at least %d ms"
              .formatted(asked.toMillis(), LEAST.toMillis()));
    }
    OptionalLong most = brokers.least(BOUND);
    if (most.isEmpty() || FencedProducer.timeout(asked).toMillis() <= most.getAsLong()) {
      return Optional.empty();
    }
    return Optional.of(
        "multipod.producer.transaction is %d ms: with the broker's %s of %d it is at most four fifths of that, %d ms"
            .formatted(asked.toMillis(), BOUND, most.getAsLong(), most.getAsLong() * 4 / 5));
  }
}
