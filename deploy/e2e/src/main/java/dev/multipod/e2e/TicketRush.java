package dev.multipod.e2e;

import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/// Buyers of one event, so many at a time, each an order of its own that is repeated until it has
/// an answer, whatever happens to replicas meanwhile: what a scaling of ticket-service is watched
/// with.
///
/// Usage: `TicketRush BASE EVENT BUYERS`. There are tickets for three buyers in four, and a sale
/// thinks for 0.4 s. Prints a line for each tenth of the answers and a sum. The exit is 1 when the
/// sale was not exact.
final class TicketRush {
  private static final int AT_ONCE = 20;
  private static final Pattern ORDER = Pattern.compile("\"id\":\"([^\"]*)\"");
  private static final Pattern SOLD = Pattern.compile("\"sold\":(\\d+)");

  private final Caller caller;
  private final String event;
  private final int buyers;
  private final ConcurrentMap<String, Integer> orders = new ConcurrentHashMap<>();
  private final AtomicInteger soldOut = new AtomicInteger();
  private final AtomicInteger answered = new AtomicInteger();

  private TicketRush(String base, String event, int buyers) {
    this.caller = new Caller(base);
    this.event = event;
    this.buyers = buyers;
  }

  public static void main(String[] arguments) throws InterruptedException, ExecutionException {
    if (arguments.length != 3) {
      System.err.println("usage: TicketRush BASE EVENT BUYERS");
      System.exit(2);
    }
    TicketRush rush = new TicketRush(arguments[0], arguments[1], Integer.parseInt(arguments[2]));
    System.exit(rush.run() ? 0 : 1);
  }

  private boolean run() throws InterruptedException, ExecutionException {
    int stock = buyers * 3 / 4;
    String path = "/ticket-service/events/" + event;
    caller.call("PUT", path, "{\"stock\": %d, \"think\": \"400ms\"}".formatted(stock), "");
    long start = System.nanoTime();
    AtomicInteger next = new AtomicInteger();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var lanes =
          IntStream.range(0, AT_ONCE)
              .mapToObj(
                  _ ->
                      threads.submit(
                          () -> {
                            for (int i = next.getAndIncrement();
                                i < buyers;
                                i = next.getAndIncrement()) {
                              buy(path, i);
                            }
                          }))
              .toList();
      for (Future<?> lane : lanes) {
        lane.get();
      }
    }
    int sold = Integer.parseInt(Caller.only(SOLD, caller.call("GET", path, "", "").body()));
    System.out.printf(
        "%d buyers, %d tickets: %d sold, %d orders, %d sold out, in %d ms, %d calls repeated%n",
        buyers,
        stock,
        sold,
        orders.size(),
        soldOut.get(),
        Duration.ofNanos(System.nanoTime() - start).toMillis(),
        caller.repeated());
    return sold == stock && orders.size() == stock && soldOut.get() == buyers - stock;
  }

  private void buy(String path, int buyer) {
    HttpResponse<String> answer =
        caller.call("POST", path + "/orders?wait=20s", "{}", "buyer-" + buyer);
    switch (answer.statusCode()) {
      case 201 -> orders.put(Caller.only(ORDER, answer.body()), buyer);
      case 409 -> soldOut.incrementAndGet();
      default -> throw new IllegalStateException(answer.statusCode() + " " + answer.body());
    }
    int count = answered.incrementAndGet();
    if (count % Math.max(1, buyers / 10) == 0) {
      System.out.printf("answered %d%n", count);
    }
  }
}
