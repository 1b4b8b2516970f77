package dev.multipod.ticket.client;

/// The lock was not got in time: another held it, or the service could not be reached.
public final class LockUnavailableException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  LockUnavailableException(String message) {
    super(message);
  }
}
