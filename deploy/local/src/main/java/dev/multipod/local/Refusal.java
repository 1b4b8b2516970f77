package dev.multipod.local;

/// Something the person at the keyboard can put right; its message says how. No stack trace.
final class Refusal extends RuntimeException {
  private static final long serialVersionUID = 1L;

  Refusal(String message) {
    super(message);
  }

  Refusal(String message, Throwable cause) {
    super(message, cause);
  }
}
