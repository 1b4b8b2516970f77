package dev.multipod.ticket.client;

/// The lease is no longer its holder's: another may hold the lock by now. Stop what is done under
/// it.
public final class LeaseLostException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  LeaseLostException(String message) {
    super(message);
  }
}
