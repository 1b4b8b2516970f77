package dev.multipod.gate;

/// The control: this compiles, so what fails beside it fails for its own reason.
final class Fine {
  private Fine() {}
}
