package dev.multipod.testkit;

import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A Kafka broker for a `@QuarkusTest`: `@QuarkusTestResource(KafkaResource.class)`.
public final class KafkaResource implements QuarkusTestResourceLifecycleManager {
  private @Nullable KafkaBroker broker;

  @Override
  public Map<String, String> start() {
    KafkaBroker started = KafkaBroker.start();
    broker = started;
    return Map.of("kafka.bootstrap.servers", started.bootstrapServers());
  }

  /// Gives the broker to fields of the test that have its type.
  @Override
  public void inject(TestInjector testInjector) {
    testInjector.injectIntoFields(broker, new TestInjector.MatchesType(KafkaBroker.class));
  }

  @Override
  public void stop() {
    if (broker != null) {
      broker.close();
    }
  }
}
