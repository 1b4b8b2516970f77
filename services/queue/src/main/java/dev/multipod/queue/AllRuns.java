package dev.multipod.queue;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/// The runs of every replica.
///
/// @param silent replicas that could not be asked, and whose runs are missing here
public record AllRuns(List<Object> runs, List<Everywhere.Said.Silence> silent) {
  /// Those of this replica, and those that the others tell of.
  public static AllRuns of(List<?> own, List<Everywhere.Said> others) {
    List<Object> all = new ArrayList<>(own);
    List<Everywhere.Said.Silence> silent = new ArrayList<>();
    for (Everywhere.Said said : others) {
      switch (said) {
        case Everywhere.Said.Answer(String _, JsonNode theirs) ->
            theirs.path("runs").forEach(all::add);
        case Everywhere.Said.Silence silence -> silent.add(silence);
      }
    }
    return new AllRuns(all, silent);
  }
}
