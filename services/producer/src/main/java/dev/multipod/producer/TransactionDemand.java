package dev.multipod.producer;

import dev.multipod.queue.Broker;
import dev.multipod.queue.BrokerDemand;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.config.ConfigResource;

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
  public Optional<String> unmet(Broker broker, Admin admin)
      throws InterruptedException, ExecutionException {
    if (asked.compareTo(LEAST) < 0) {
      return Optional.of(
          "multipod.producer.transaction is %d ms: it is at least %d ms"
              .formatted(asked.toMillis(), LEAST.toMillis()));
    }
    OptionalLong most = bound(broker, admin);
    if (most.isEmpty() || FencedProducer.timeout(asked).toMillis() <= most.getAsLong()) {
      return Optional.empty();
    }
    return Optional.of(
        "multipod.producer.transaction is %d ms: with the broker's %s of %d it is at most four fifths of that, %d ms"
            .formatted(asked.toMillis(), BOUND, most.getAsLong(), most.getAsLong() * 4 / 5));
  }

  /// The least of all brokers, each of which has some of the shares' transactions; empty when none
  /// tells.
  private static OptionalLong bound(Broker broker, Admin admin)
      throws InterruptedException, ExecutionException {
    List<ConfigResource> nodes =
        broker.ask(admin.describeCluster().nodes()).stream()
            .map(node -> new ConfigResource(ConfigResource.Type.BROKER, node.idString()))
            .toList();
    Collection<Config> configs = broker.ask(admin.describeConfigs(nodes).all()).values();
    return configs.stream()
        .map(config -> config.get(BOUND))
        .filter(Objects::nonNull)
        .map(ConfigEntry::value)
        .filter(Objects::nonNull)
        .mapToLong(Long::parseLong)
        .min();
  }
}
