package dev.multipod.producer;

import java.time.Instant;

/// Where a run is. It puts, then joins; either ends by itself, by a failure, or by being stopped.
sealed interface RunState {
  /// How many items are known to be in the queue.
  int put();

  /// When this state began.
  Instant since();

  /// A state that goes on.
  sealed interface Live extends RunState {
    default Failed failed(String problem, String why) {
      return new Failed(put(), Instant.now(), problem, why);
    }

    default Stopped stopped(String why) {
      return new Stopped(put(), Instant.now(), why);
    }
  }

  /// A state that stays.
  sealed interface Ended extends RunState {}

  record Putting(int put, Instant since) implements Live {
    Putting oneMore() {
      return new Putting(put + 1, since);
    }

    Joining all() {
      return new Joining(put, Instant.now());
    }
  }

  record Joining(int put, Instant since) implements Live {
    Joined joined() {
      return new Joined(put, Instant.now());
    }
  }

  /// Every item of the queue is done.
  record Joined(int put, Instant since) implements Ended {}

  /// It gave up.
  ///
  /// @param problem the slug of the problem that ended it
  record Failed(int put, Instant since, String problem, String why) implements Ended {}

  /// By a DELETE, or with its replica. The item that was on its way may be in the queue.
  record Stopped(int put, Instant since, String why) implements Ended {}

  /// The state in one word.
  default String word() {
    return switch (this) {
      case Putting _ -> "putting";
      case Joining _ -> "joining";
      case Joined _ -> "joined";
      case Failed _ -> "failed";
      case Stopped _ -> "stopped";
    };
  }
}
