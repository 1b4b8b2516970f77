package dev.multipod.producer;

import dev.multipod.queue.Broker;
import dev.multipod.queue.BrokerDemand;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;

/// The broker must let a transaction stay open for as long as [ProducerSettings#transaction] says.
@ApplicationScoped
class TransactionDemand implements BrokerDemand {
  private final Duration asked;

  TransactionDemand(ProducerSettings settings) {
    asked = settings.transaction();
  }

  @Override
  public Optional<String> unmet(Broker broker, Admin admin)
      throws InterruptedException, ExecutionException {
    Duration most = BrokerLimits.mostTransaction(broker, admin);
    if (FencedProducer.timeout(asked).compareTo(most) <= 0) {
      return Optional.empty();
    }
    return Optional.of(
        "multipod.producer.transaction is %ds, and the broker allows %ds: set it to four fifths of the broker's transaction.max.timeout.ms (%d) at most, or raise that"
            .formatted(
                asked.toSeconds(), most.multipliedBy(4).dividedBy(5).toSeconds(), most.toMillis()));
  }
}
