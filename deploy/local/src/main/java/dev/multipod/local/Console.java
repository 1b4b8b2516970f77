package dev.multipod.local;

import java.io.PrintStream;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/// The one place where lines come out: each with the name of the replica it is from, each service
/// in a colour of its own.
final class Console {
  private static final String[] COLOURS = {
    "36", "33", "32", "35", "34", "96", "93", "92", "95", "94", "31"
  };
  private static final int NAME_WIDTH = 16;

  private final PrintStream out;
  private final boolean colour;
  private final Map<String, String> colours = new ConcurrentHashMap<>();
  private final AtomicInteger next = new AtomicInteger();

  Console(PrintStream out, boolean colour) {
    this.out = out;
    this.colour = colour;
  }

  /// A line of the stack itself.
  void say(String line) {
    print(colour ? "\u001b[1m" + line + "\u001b[0m" : line);
  }

  /// A line of a replica.
  void log(String service, String replica, String line) {
    String name = replica + " ".repeat(Math.max(0, NAME_WIDTH - replica.length())) + " | ";
    if (!colour) {
      print(name + line);
      return;
    }
    String code =
        colours.computeIfAbsent(
            service, ignored -> COLOURS[next.getAndIncrement() % COLOURS.length]);
    print("\u001b[" + code + "m" + name + "\u001b[0m" + line);
  }

  private synchronized void print(String line) {
    out.println(line);
    out.flush();
  }
}
