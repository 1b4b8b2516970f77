package dev.multipod.consumer;

import dev.multipod.kit.problem.Problem;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/// How the latest leases ended, to tell one who acknowledges twice from one who is too late.
final class Endings {
  private final Map<String, Ending> known;

  /// @param most how many are remembered; the eldest is forgotten first
  Endings(int most) {
    this.known =
        Collections.synchronizedMap(
            new LinkedHashMap<>() {
              private static final long serialVersionUID = 1L;

              @Override
              protected boolean removeEldestEntry(Map.Entry<String, Ending> eldest) {
                return size() > most;
              }
            });
  }

  /// @param id of a lease, or of one item of a batch
  void remember(String id, Ending ending) {
    known.put(id, ending);
  }

  /// What to tell somebody who comes with a lease that is no more.
  Problem problem(String id) {
    Ending own = known.get(id);
    Ending ending = own == null ? known.get(Lease.whole(id)) : own;
    if (ending == Ending.DONE) {
      return Problem.of(
              410,
              "already-done",
              "task_done() called too many times",
              "The item is done already; nothing was changed.")
          .with("lease", id);
    }
    return lost(id);
  }

  static Problem lost(String id) {
    return Problem.of(
            409,
            "lease-lost",
            "The lease has ended",
            "The item was given back, or goes to somebody else. Undo what must not happen twice, or"
                + " dedupe by the item's id.")
        .with("lease", id);
  }
}
