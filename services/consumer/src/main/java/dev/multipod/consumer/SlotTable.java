package dev.multipod.consumer;

import dev.multipod.queue.Everywhere;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Who eats what.
///
/// @param slots every item in somebody's hands
/// @param replicas those that were asked
/// @param silent those that could not be, and whose slots are missing here
record SlotTable(
    List<SlotView> slots, List<Replica> replicas, List<Everywhere.Said.Silence> silent) {
  /// @param held how many of its slots have an item
  record Replica(String replica, int slots, int held) {}

  private static final List<String> HEAD =
      List.of("REPLICA", "QUEUE", "ITEM", "BY", "HELD", "LEASE LEFT", "DELIVERIES");

  /// As a table, a line each.
  String text() {
    Instant now = Instant.now();
    List<List<String>> rows = new ArrayList<>();
    rows.add(HEAD);
    for (SlotView slot : slots) {
      rows.add(
          List.of(
              slot.replica(),
              slot.queue(),
              slot.item(),
              slot.by(),
              seconds(Duration.between(slot.since(), now)),
              seconds(Duration.between(now, slot.leaseUntil())),
              String.valueOf(slot.deliveries())));
    }
    StringBuilder text = new StringBuilder(aligned(rows));
    for (Replica each : replicas) {
      text.append("%s: %d of %d slots\n".formatted(each.replica(), each.held(), each.slots()));
    }
    for (Everywhere.Said.Silence each : silent) {
      text.append("%s: not reached, %s\n".formatted(each.replica(), each.why()));
    }
    return text.toString();
  }

  private static String aligned(List<List<String>> rows) {
    StringBuilder text = new StringBuilder();
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder();
      for (int column = 0; column < row.size(); column++) {
        int at = column;
        int width = rows.stream().mapToInt(each -> each.get(at).length()).max().orElse(0);
        line.append(row.get(column)).repeat(' ', width + 2 - row.get(column).length());
      }
      text.append(line.toString().stripTrailing()).append('\n');
    }
    return text.toString();
  }

  private static String seconds(Duration time) {
    return String.format(Locale.ROOT, "%.1fs", time.toMillis() / 1000.0);
  }
}
