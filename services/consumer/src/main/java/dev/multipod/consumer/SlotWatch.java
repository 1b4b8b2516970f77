package dev.multipod.consumer;

import dev.multipod.kit.replica.Replica;
import dev.multipod.kit.stream.Feed;
import io.quarkus.runtime.ShutdownDelayInitiatedEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Instant;
import java.util.List;
import java.util.Locale;

/// What happens to the slots of this replica, for whoever watches; until it begins to stop.
@ApplicationScoped
class SlotWatch {
  private final Replica replica;
  private final Feed<SlotEvent.Item> feed;

  SlotWatch(Replica replica, EatSettings settings) {
    this.replica = replica;
    this.feed = new Feed<>(settings.events());
  }

  Feed<SlotEvent.Item> feed() {
    return feed;
  }

  void taken(Holding holding) {
    tell("taken", SlotView.of(replica.name(), holding));
  }

  void renewed(Holding holding) {
    tell("renewed", SlotView.of(replica.name(), holding));
  }

  void ended(Holding holding, List<LeasedItem> items, Ending ending) {
    tell(ending.name().toLowerCase(Locale.ROOT), SlotView.of(replica.name(), holding, items));
  }

  /// After the loops have given back what they had, which is told too.
  void drain(@Observes @Priority(4000) ShutdownDelayInitiatedEvent event) {
    feed.end();
  }

  private void tell(String event, List<SlotView> slots) {
    Instant now = Instant.now();
    slots.forEach(slot -> feed.tell(new SlotEvent.Item(event, now, slot)));
  }
}
