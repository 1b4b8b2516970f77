package dev.multipod.ticket.lock;

import dev.multipod.ticket.lock.LockStore.Claim;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Those who wait in this process. The same owner may ask twice at once (a retry that overtook its
/// first try); both stand at the owner's one place.
@ApplicationScoped
class Waiters {
  private final Map<Claim, List<Waiter>> byClaim = new HashMap<>();

  Waiters(MeterRegistry metrics) {
    metrics.gauge("multipod.ticket-service.lock.waiters", this, Waiters::size);
  }

  synchronized void add(Waiter waiter) {
    byClaim.computeIfAbsent(waiter.claim(), ignored -> new ArrayList<>()).add(waiter);
  }

  /// Takes a waiter away.
  ///
  /// @return whether nobody else in this process stands at that place
  synchronized boolean remove(Waiter waiter) {
    List<Waiter> here = byClaim.get(waiter.claim());
    if (here == null) {
      return true;
    }
    here.remove(waiter);
    if (here.isEmpty()) {
      byClaim.remove(waiter.claim());
      return true;
    }
    return false;
  }

  synchronized List<Claim> claims() {
    return List.copyOf(byClaim.keySet());
  }

  synchronized int size() {
    return byClaim.values().stream().mapToInt(List::size).sum();
  }

  void wake(Collection<Claim> claims) {
    List<Waiter> woken = new ArrayList<>();
    synchronized (this) {
      for (Claim claim : claims) {
        woken.addAll(byClaim.getOrDefault(claim, List.of()));
      }
    }
    woken.forEach(Waiter::wake);
  }

  /// Lets all of them look at what is no matter of the database: that it is away, that this process
  /// stops.
  void stir() {
    List<Waiter> all = new ArrayList<>();
    synchronized (this) {
      byClaim.values().forEach(all::addAll);
    }
    all.forEach(waiter -> waiter.signal().raise());
  }
}
