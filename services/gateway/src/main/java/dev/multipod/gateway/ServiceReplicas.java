package dev.multipod.gateway;

import dev.multipod.kit.peers.Peer;
import io.smallrye.mutiny.Uni;
import io.smallrye.stork.api.Metadata;
import io.smallrye.stork.api.Service;
import io.smallrye.stork.api.ServiceDiscovery;
import io.smallrye.stork.api.ServiceInstance;
import io.smallrye.stork.api.observability.NoopObservationCollector;
import io.smallrye.stork.impl.DefaultServiceInstance;
import io.smallrye.stork.impl.RoundRobinLoadBalancer;
import io.smallrye.stork.utils.ServiceInstanceIds;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// The replicas of one service, and whose turn it is.
///
/// Round robin, not least requests: whoever calls one after the other sees every replica in turn
/// (with no request under way least requests always takes the same one), and a long poll that waits
/// for a minute is no load that should keep others away.
final class ServiceReplicas implements ServiceDiscovery {
  /// The label of a Stork instance that holds the replica's name.
  static final String NAME = "replica";

  private final String service;
  private final long restNanos;
  private final Service stork;
  private final Map<Long, Long> restingUntil = new ConcurrentHashMap<>();
  // Written by the refreshing thread alone. A replica keeps its id for as long as it is known.
  private Map<Peer, ServiceInstance> instances = Map.of();
  private volatile List<ServiceInstance> known = List.of();
  private volatile boolean lookedUp;

  ServiceReplicas(String service, Duration rest) {
    this.service = service;
    this.restNanos = rest.toNanos();
    this.stork =
        new Service.Builder(new NoopObservationCollector())
            .serviceName(service)
            .serviceDiscovery(this)
            .serviceDiscoveryType("peers")
            .loadBalancer(new RoundRobinLoadBalancer())
            .build();
  }

  String service() {
    return service;
  }

  boolean lookedUp() {
    return lookedUp;
  }

  List<ServiceInstance> known() {
    return known;
  }

  List<String> names() {
    return known.stream().map(ServiceReplicas::name).sorted().toList();
  }

  static String name(ServiceInstance instance) {
    return instance.getLabels().getOrDefault(NAME, instance.getHost());
  }

  @Override
  public Uni<List<ServiceInstance>> getServiceInstances() {
    return Uni.createFrom().item(known);
  }

  /// Takes over what a look-up found. One thread only.
  void refresh(List<Peer> peers) {
    Map<Peer, ServiceInstance> now = new HashMap<>();
    for (Peer peer : peers) {
      ServiceInstance before = instances.get(peer);
      now.put(peer, before == null ? instance(peer) : before);
    }
    if (!lookedUp || !now.keySet().equals(instances.keySet())) {
      instances = now;
      known = List.copyOf(now.values());
      restingUntil.keySet().retainAll(known.stream().map(ServiceInstance::getId).toList());
      lookedUp = true;
    }
  }

  private static ServiceInstance instance(Peer peer) {
    return new DefaultServiceInstance(
        ServiceInstanceIds.next(),
        peer.host(),
        peer.httpPort(),
        Optional.empty(),
        false,
        Map.of(NAME, peer.name()),
        Metadata.empty());
  }

  /// The replica whose turn it is, without those already tried for this request. Those that could
  /// not be connected to a moment ago come last.
  Optional<ServiceInstance> choose(Set<Long> tried) {
    List<ServiceInstance> all = known;
    if (!tried.isEmpty()) {
      all = all.stream().filter(one -> !tried.contains(one.getId())).toList();
    }
    if (all.isEmpty()) {
      return Optional.empty();
    }
    if (restingUntil.isEmpty()) {
      return Optional.of(stork.selectInstance(all));
    }
    List<ServiceInstance> awake = all.stream().filter(one -> !resting(one.getId())).toList();
    return Optional.of(stork.selectInstance(awake.isEmpty() ? all : awake));
  }

  /// Passes over a replica that could not be connected to.
  void rest(ServiceInstance refused) {
    restingUntil.put(refused.getId(), System.nanoTime() + restNanos);
  }

  private boolean resting(long id) {
    Long until = restingUntil.get(id);
    if (until == null) {
      return false;
    }
    if (System.nanoTime() - until < 0) {
      return true;
    }
    restingUntil.remove(id, until);
    return false;
  }
}
