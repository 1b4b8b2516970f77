package dev.multipod.crawler.pool;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.time.Instant;

/// A pool and how far it is.
///
/// @param processes how many tasks run at once, over all replicas
public record Pool(
    @JsonIgnore long id,
    String name,
    int processes,
    State state,
    Instant createdAt,
    Progress tasks) {

  /// Open takes tasks; closed takes none; drained is closed with every task ended.
  public enum State {
    open,
    closed,
    drained
  }

  /// Tasks by state.
  public record Progress(long pending, long running, long succeeded, long failed) {
    boolean drained() {
      return pending == 0 && running == 0;
    }
  }
}
