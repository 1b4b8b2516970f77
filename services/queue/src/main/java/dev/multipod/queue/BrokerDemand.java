package dev.multipod.queue;

import java.util.Optional;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;

/// What a service needs of the broker besides share groups. Each bean of this type is asked until
/// all are content once; before that the broker is not used.
public interface BrokerDemand {
  /// What is wrong and how to cure it; empty when the broker is fit.
  ///
  /// @param admin to ask with: the broker is not open to others yet
  Optional<String> unmet(Broker broker, Admin admin)
      throws InterruptedException, ExecutionException;
}
