package dev.multipod.queue;

import dev.multipod.kit.problem.Problem;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ExecutionException;
import java.util.stream.LongStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.config.ConfigResource;

/// The numbers that the brokers are set to, those that answer. Each leads some of the queues, so
/// that where they differ the strictest counts.
public final class BrokerConfig {
  private final Collection<Config> configs;

  private BrokerConfig(Collection<Config> configs) {
    this.configs = configs;
  }

  /// What all brokers say now.
  ///
  /// @throws Problem 503 `broker-away`
  public static BrokerConfig read(Broker broker, Admin admin)
      throws InterruptedException, ExecutionException {
    List<ConfigResource> nodes =
        broker.ask(admin.describeCluster().nodes()).stream()
            .map(node -> new ConfigResource(ConfigResource.Type.BROKER, node.idString()))
            .toList();
    List<Config> configs = new ArrayList<>();
    Optional<Problem> silent = Optional.empty();
    for (KafkaFuture<Config> answer : admin.describeConfigs(nodes).values().values()) {
      try {
        configs.add(broker.ask(answer));
      } catch (Problem away) {
        // One that has just died is named for some seconds; the others have the same settings.
        silent = Optional.of(away);
      }
    }
    if (configs.isEmpty()) {
      throw silent.orElseGet(() -> Broker.away("it does not tell its configuration"));
    }
    return new BrokerConfig(configs);
  }

  /// The least that a broker has; empty when none tells.
  public OptionalLong least(String name) {
    return values(name).min();
  }

  /// The most that a broker has; empty when none tells.
  public OptionalLong most(String name) {
    return values(name).max();
  }

  private LongStream values(String name) {
    return configs.stream()
        .map(config -> config.get(name))
        .filter(Objects::nonNull)
        .map(ConfigEntry::value)
        .filter(Objects::nonNull)
        .mapToLong(Long::parseLong);
  }
}
