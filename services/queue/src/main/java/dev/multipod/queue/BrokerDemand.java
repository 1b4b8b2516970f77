package dev.multipod.queue;

import java.util.Optional;

/// What a service needs of the brokers' settings. Each bean of this type is asked until all are
/// content once; before that the broker is not used.
public interface BrokerDemand {
  /// What is wrong and how to cure it; empty when the brokers are fit.
  Optional<String> unmet(BrokerConfig brokers);
}
