package dev.multipod.queue;

import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.concurrent.ExecutionException;
import java.util.stream.LongStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.config.ConfigResource;

/// The numbers that the brokers are set to. Each of them leads some of the queues, so that where
/// they differ the strictest counts.
public final class BrokerConfig {
  private final Collection<Config> configs;

  private BrokerConfig(Collection<Config> configs) {
    this.configs = configs;
  }

  /// What all brokers say now.
  ///
  /// @throws dev.multipod.kit.problem.Problem 503 `broker-away`
  public static BrokerConfig read(Broker broker, Admin admin)
      throws InterruptedException, ExecutionException {
    List<ConfigResource> nodes =
        broker.ask(admin.describeCluster().nodes()).stream()
            .map(node -> new ConfigResource(ConfigResource.Type.BROKER, node.idString()))
            .toList();
    return new BrokerConfig(broker.ask(admin.describeConfigs(nodes).all()).values());
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
