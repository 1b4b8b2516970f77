package dev.multipod.ticket.lock;

import dev.multipod.kit.input.Names;

/// Names of locks: those that callers choose, and those of events, which callers can look at but
/// not take (no name of theirs has a colon).
public final class LockNames {
  private static final String EVENT = "event:";

  private LockNames() {}

  /// The lock under which `mutex` sells an event's tickets.
  public static String ofEvent(String event) {
    return EVENT + event;
  }

  static String readable(String name) {
    Names.require("lock", name.startsWith(EVENT) ? name.substring(EVENT.length()) : name);
    return name;
  }
}
