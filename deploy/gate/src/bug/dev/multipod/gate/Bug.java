package dev.multipod.gate;

/// Error Prone must refuse a comparison of a value with itself.
final class Bug {
  private Bug() {}

  static boolean same(String one, String other) {
    return one.equals(one);
  }
}
