package dev.multipod.consumer;

import dev.multipod.queue.QueueDefinition;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/// Items in somebody's hands: one, or a batch.
///
/// @param id `<replica>.<random>`: any replica can tell who holds it
/// @param items those that have not ended by themselves; at least one
/// @param until when they go to somebody else, unless renewed
record Lease(String id, QueueDefinition queue, List<LeasedItem> items, Instant until) {
  private static final String NUMBER = "-";

  /// Where all of it is acknowledged: `/done`, `/release`, `/reject` and `/renew` follow.
  String ackUrl() {
    return ackUrl(id);
  }

  /// Where one item of a batch is acknowledged by itself.
  String ackUrl(LeasedItem item) {
    return ackUrl(id + NUMBER + item.number());
  }

  private String ackUrl(String of) {
    return "/consumer/queues/" + queue.name() + "/leases/" + of;
  }

  /// The id of the lease that an id is of, or is of an item of.
  static String whole(String id) {
    int end = id.indexOf(NUMBER, id.lastIndexOf('.') + 1);
    return end < 0 ? id : id.substring(0, end);
  }

  /// What an id stands for: all items, or the one whose number it has, if it is still there.
  List<LeasedItem> named(String wanted) {
    return wanted.equals(id)
        ? items
        : items.stream().filter(item -> wanted.equals(id + NUMBER + item.number())).toList();
  }

  Lease without(List<LeasedItem> ended) {
    if (ended.size() == items.size()) {
      return new Lease(id, queue, List.of(), until);
    }
    Set<Integer> gone = ended.stream().map(LeasedItem::number).collect(Collectors.toSet());
    return new Lease(
        id, queue, items.stream().filter(item -> !gone.contains(item.number())).toList(), until);
  }

  Lease until(Instant later) {
    return new Lease(id, queue, items, later);
  }

  /// The end of a lease that began or was renewed at a time.
  static Instant end(QueueDefinition queue, Instant at, Duration margin) {
    return at.plus(queue.lease()).minus(margin);
  }
}
