package dev.multipod.queue;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;
import java.util.OptionalInt;

/// How the queues use Kafka. The connection itself is Quarkus' own: `kafka.bootstrap.servers`,
/// `kafka.security.protocol`, …
@ConfigMapping(prefix = "multipod.queue.broker")
public interface BrokerSettings {
  /// How long one question to the broker may take; then the call fails with 503 `broker-away`.
  @WithDefault("5s")
  Duration timeout();

  /// How often the broker is asked whether it is there; readiness follows.
  @WithDefault("1s")
  Duration probe();

  /// Into how many shares the queues are divided among the producer replicas, when the topics are
  /// first made; more replicas than this do not admit. Cannot be changed later.
  @WithDefault("4")
  int shares();

  /// The replication factor of new topics. Absent: the broker's own default.
  OptionalInt replication();
}
