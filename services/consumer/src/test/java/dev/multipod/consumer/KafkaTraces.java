package dev.multipod.consumer;

import dev.multipod.testkit.KafkaBroker;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.GroupListing;
import org.apache.kafka.common.config.ConfigResource;

/// What Kafka has of the queues of one name.
final class KafkaTraces implements AutoCloseable {
  private final Admin admin;
  private final String name;

  KafkaTraces(KafkaBroker broker, String queue) {
    this.admin = broker.admin();
    this.name = "multipod.queue." + queue;
  }

  Set<String> topics() throws InterruptedException, ExecutionException {
    return admin.listTopics().names().get().stream()
        .filter(this::isOurs)
        .collect(Collectors.toSet());
  }

  Set<String> groups() throws InterruptedException, ExecutionException {
    return admin.listGroups().all().get().stream()
        .map(GroupListing::groupId)
        .filter(this::isOurs)
        .collect(Collectors.toSet());
  }

  private boolean isOurs(String each) {
    return each.equals(name) || each.startsWith(name + ".");
  }

  /// The settings that a group has of its own.
  Set<String> configuration(String group) throws InterruptedException, ExecutionException {
    ConfigResource resource = new ConfigResource(ConfigResource.Type.GROUP, group);
    Config config =
        Objects.requireNonNull(
            admin.describeConfigs(List.of(resource)).all().get().get(resource), group);
    return config.entries().stream()
        .filter(entry -> entry.source() == ConfigEntry.ConfigSource.DYNAMIC_GROUP_CONFIG)
        .map(ConfigEntry::name)
        .collect(Collectors.toSet());
  }

  @Override
  public void close() {
    admin.close();
  }
}
