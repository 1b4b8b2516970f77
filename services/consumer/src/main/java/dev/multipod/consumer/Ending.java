package dev.multipod.consumer;

/// How a lease ended.
enum Ending {
  /// The item is done.
  DONE,
  /// The holder gave it back.
  RELEASED,
  /// The holder gave it up; it is with the dead letters.
  REJECTED,
  /// It was not renewed, or the broker gave the item to somebody else, or the replica stopped.
  LOST
}
