package dev.multipod.gate;

/// NullAway must refuse a null where none is allowed.
final class Nullness {
  private Nullness() {}

  static String name() {
    return null;
  }
}
