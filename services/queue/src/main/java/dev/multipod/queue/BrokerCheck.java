package dev.multipod.queue;

import java.util.Optional;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.FeatureMetadata;
import org.apache.kafka.clients.admin.FinalizedVersionRange;
import org.apache.kafka.clients.admin.SupportedVersionRange;
import org.apache.kafka.common.errors.UnsupportedVersionException;

/// Whether a broker can do what the queues need: the share groups of Kafka 4.2, which it calls
/// `share.version` 1. Kafka 4.1 has them as a preview that is not enough.
///
/// @param metadata the highest `metadata.version` that the broker knows, 0 if it knows none: this
///   tells releases apart
/// @param share the `share.version` that is switched on
record BrokerCheck(int metadata, int share) {
  private static final String TOO_OLD =
      "the broker is too old: the queues need the share groups of Kafka 4.2 or newer";

  /// `4.2-IV0` in Kafka's MetadataVersion.
  private static final int KAFKA_4_2 = 28;

  /// What is wrong and how to cure it; empty when the broker is fit.
  static Optional<String> unfit(Broker broker, Admin admin)
      throws InterruptedException, ExecutionException {
    try {
      return of(broker.ask(admin.describeFeatures().featureMetadata())).unfit();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof UnsupportedVersionException) {
        return Optional.of(TOO_OLD);
      }
      throw e;
    }
  }

  private static BrokerCheck of(FeatureMetadata features) {
    SupportedVersionRange metadata = features.supportedFeatures().get("metadata.version");
    FinalizedVersionRange share = features.finalizedFeatures().get("share.version");
    return new BrokerCheck(
        metadata == null ? 0 : metadata.maxVersion(), share == null ? 0 : share.maxVersionLevel());
  }

  /// As above, of what the broker said.
  Optional<String> unfit() {
    if (metadata < KAFKA_4_2) {
      return Optional.of(TOO_OLD);
    }
    if (share < 1) {
      return Optional.of(
          "share groups are switched off (share.version is 0): run 'kafka-features.sh upgrade"
              + " --feature share.version=1'");
    }
    return Optional.empty();
  }
}
