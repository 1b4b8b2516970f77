package dev.multipod.queue;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.TopicExistsException;

/// Makes the topics that all queues share, where they are missing. Who only uses them needs no
/// permission to create any.
final class SharedTopics {
  private SharedTopics() {}

  static void ensure(Broker broker, Admin admin, BrokerSettings settings)
      throws InterruptedException, ExecutionException {
    Map<String, Map<String, String>> wanted =
        Map.of(
            Topics.QUEUES,
            Map.of(TopicConfig.CLEANUP_POLICY_CONFIG, TopicConfig.CLEANUP_POLICY_COMPACT),
            // Whoever admits cuts the notices of finished items off; age alone must not.
            Topics.TAKEN,
            Map.of(TopicConfig.RETENTION_MS_CONFIG, "-1"));
    Set<String> there = broker.ask(admin.listTopics().names());
    for (String name : Topics.shared()) {
      if (!there.contains(name)) {
        create(broker, admin, settings, name, Objects.requireNonNull(wanted.get(name)));
      }
    }
  }

  private static void create(
      Broker broker, Admin admin, BrokerSettings settings, String name, Map<String, String> config)
      throws InterruptedException, ExecutionException {
    NewTopic topic =
        new NewTopic(name, Optional.of(settings.shares()), replication(settings)).configs(config);
    try {
      broker.ask(admin.createTopics(List.of(topic)).all());
    } catch (ExecutionException e) {
      if (!(e.getCause() instanceof TopicExistsException)) {
        throw e;
      }
    }
  }

  static Optional<Short> replication(BrokerSettings settings) {
    return settings.replication().isPresent()
        ? Optional.of((short) settings.replication().getAsInt())
        : Optional.empty();
  }
}
