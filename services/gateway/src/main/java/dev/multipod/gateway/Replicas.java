package dev.multipod.gateway;

import dev.multipod.kit.peers.Peers;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/// The replicas of every service, looked up all the time off the event loop, a thread for each
/// service, so that one slow name keeps no other from being fresh.
@ApplicationScoped
class Replicas {
  private static final Logger LOG = Logger.getLogger(Replicas.class);

  private final Peers peers;
  private final GatewaySettings settings;
  private final Map<String, ServiceReplicas> services = new LinkedHashMap<>();
  private final CountDownLatch stopped = new CountDownLatch(1);

  Replicas(Peers peers, GatewaySettings settings) {
    this.peers = peers;
    this.settings = settings;
    for (String service : settings.services()) {
      services.put(service, new ServiceReplicas(service, settings.rest()));
    }
  }

  Optional<ServiceReplicas> of(String service) {
    return Optional.ofNullable(services.get(service));
  }

  Collection<ServiceReplicas> all() {
    return services.values();
  }

  void start(@Observes StartupEvent event) {
    for (ServiceReplicas service : services.values()) {
      Thread.ofVirtual().name("replicas-" + service.service()).start(() -> keepFresh(service));
    }
  }

  void stop(@Observes ShutdownEvent event) {
    stopped.countDown();
  }

  private void keepFresh(ServiceReplicas service) {
    try {
      do {
        try {
          service.refresh(peers.of(service.service()));
        } catch (RuntimeException e) {
          LOG.warnf(e, "event=look-up-failed service=%s", service.service());
        }
      } while (!stopped.await(settings.refresh().toMillis(), TimeUnit.MILLISECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
