package dev.multipod.echo;

import dev.multipod.kit.problem.Problem;

/// A burst to be run.
///
/// @param clients sockets at once; each goes to one replica, all replicas in turn
/// @param messages how many messages each client sends, one after the other's reply
/// @param size bytes of a message
public record LoadRequest(int clients, int messages, int size) {
  /// Checks the request against the limits.
  ///
  /// @throws Problem 422 `load-too-small` or `load-too-large`
  LoadRequest within(ClientSettings settings) {
    ClientSettings.Load limits = settings.load();
    if (clients < 1 || messages < 1 || size < 1) {
      throw Problem.of(
          422,
          "load-too-small",
          "A load needs clients, messages and a size",
          "Give clients, messages and size as whole numbers from 1.");
    }
    requireAtMost("clients", clients, limits.maxClients());
    requireAtMost("clients times messages", (long) clients * messages, limits.maxMessages());
    requireAtMost("size", size, settings.maxMessage().asLongValue());
    return this;
  }

  private static void requireAtMost(String what, long asked, long limit) {
    if (asked > limit) {
      throw Problem.of(
              422,
              "load-too-large",
              "The load is over a limit",
              "%s may be at most %d here; ask for less.".formatted(what, limit))
          .with("limit", limit);
    }
  }
}
