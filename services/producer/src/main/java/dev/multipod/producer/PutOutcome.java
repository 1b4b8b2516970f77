package dev.multipod.producer;

/// What became of a put.
sealed interface PutOutcome {
  /// The item is on the broker.
  ///
  /// @param replayed whether an earlier put with the same key brought it there
  record Admitted(long offset, boolean replayed) implements PutOutcome {}

  /// Python's `Full`: no place within the timeout. Nothing was sent.
  record Full() implements PutOutcome {}

  /// The broker did not say in time. The item may be there; the same key tells.
  record Unknown() implements PutOutcome {}
}
