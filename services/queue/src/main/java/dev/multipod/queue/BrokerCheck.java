package dev.multipod.queue;

import java.util.Optional;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.FeatureMetadata;
import org.apache.kafka.clients.admin.FinalizedVersionRange;
import org.apache.kafka.common.errors.UnsupportedVersionException;

/// Whether a broker can do what the queues need: share groups, which Kafka calls `share.version` 1
/// and has since 4.2.
final class BrokerCheck {
  private static final String FEATURE = "share.version";

  private BrokerCheck() {}

  /// What is wrong and how to cure it; empty when the broker is fit.
  static Optional<String> unfit(Broker broker, Admin admin)
      throws InterruptedException, ExecutionException {
    FeatureMetadata features;
    try {
      features = broker.ask(admin.describeFeatures().featureMetadata());
    } catch (ExecutionException e) {
      if (e.getCause() instanceof UnsupportedVersionException) {
        return Optional.of("the broker is too old: share groups need Kafka 4.2 or newer");
      }
      throw e;
    }
    if (!features.supportedFeatures().containsKey(FEATURE)) {
      return Optional.of(
          "the broker does not know share.version: share groups need Kafka 4.2 or newer");
    }
    FinalizedVersionRange active = features.finalizedFeatures().get(FEATURE);
    if (active == null || active.maxVersionLevel() < 1) {
      return Optional.of(
          "share groups are switched off (share.version is 0): run 'kafka-features.sh upgrade"
              + " --feature share.version=1'");
    }
    return Optional.empty();
  }
}
