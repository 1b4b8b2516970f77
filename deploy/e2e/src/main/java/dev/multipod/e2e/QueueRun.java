package dev.multipod.e2e;

import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/// Fills a new queue, lets callers eat it, and joins it, whatever happens to replicas meanwhile:
/// what a scaling of the consumers is watched with. Every call is repeated until it has an answer,
/// as a client of an at-least-once queue does.
///
/// Usage: `QueueRun BASE QUEUE ITEMS EATERS`. Prints a line for each tenth eaten and a sum. The
/// exit is 1 when an item was not eaten, or when join returned before the last one was done.
final class QueueRun {
  private static final Duration PATIENCE = Duration.ofSeconds(40);
  private static final int PUTTERS = 64;
  private static final Pattern DATA = Pattern.compile("\"data\":\"([^\"]*)\"");
  private static final Pattern ACK = Pattern.compile("\"ackUrl\":\"([^\"]*)\"");

  private final Caller caller;
  private final String queue;
  private final int items;
  private final ConcurrentHashMap<String, AtomicInteger> handedOut = new ConcurrentHashMap<>();
  private final ConcurrentHashMap<String, Boolean> done = new ConcurrentHashMap<>();
  private final AtomicInteger eaten = new AtomicInteger();
  private final AtomicBoolean over = new AtomicBoolean();

  private QueueRun(String base, String queue, int items) {
    this.caller = new Caller(base);
    this.queue = queue;
    this.items = items;
  }

  public static void main(String[] arguments) throws InterruptedException, ExecutionException {
    if (arguments.length != 4) {
      System.err.println("usage: QueueRun BASE QUEUE ITEMS EATERS");
      System.exit(2);
    }
    QueueRun run = new QueueRun(arguments[0], arguments[1], Integer.parseInt(arguments[2]));
    System.exit(run.run(Integer.parseInt(arguments[3])) ? 0 : 1);
  }

  private boolean run(int eaters) throws InterruptedException, ExecutionException {
    caller.call("PUT", "/producer/queues/" + queue, "{\"maxsize\": 0}", "create");
    long start = System.nanoTime();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var puts = IntStream.range(0, PUTTERS).mapToObj(i -> threads.submit(() -> put(i))).toList();
      for (Future<?> put : puts) {
        put.get();
      }
      System.out.printf("put %d in %d ms%n", items, millisSince(start));
      Future<Integer> missingAtJoin = threads.submit(this::join);
      IntStream.range(0, eaters).forEach(i -> threads.execute(this::eat));
      int missing = missingAtJoin.get();
      over.set(true);
      threads.shutdown();
      boolean ended = threads.awaitTermination(PATIENCE.toSeconds(), TimeUnit.SECONDS);
      System.out.printf(
          "joined after %d ms: %d of %d eaten, %d handed out again, %d calls repeated%n",
          millisSince(start), items - missing, items, again(), caller.repeated());
      return missing == 0 && ended;
    }
  }

  private int again() {
    return handedOut.values().stream().mapToInt(times -> times.get() - 1).sum();
  }

  private void put(int first) {
    for (int i = first; i < items; i += PUTTERS) {
      caller.call(
          "POST", "/producer/queues/" + queue + "/items?timeout=10s", "item-" + i, "put-" + i);
    }
  }

  /// How many items were not done when join said that all were.
  private int join() {
    while (true) {
      HttpResponse<String> joined =
          caller.call("GET", "/producer/queues/" + queue + "/join?timeout=20s", "", "");
      if (joined.statusCode() == 200) {
        return (int) IntStream.range(0, items).filter(i -> !done.containsKey("item-" + i)).count();
      }
    }
  }

  private void eat() {
    while (!over.get()) {
      HttpResponse<String> lease =
          caller.call("POST", "/consumer/queues/" + queue + "/leases?timeout=1s", "", "");
      if (lease.statusCode() != 200) {
        continue;
      }
      String item = Caller.only(DATA, lease.body());
      if (handedOut.computeIfAbsent(item, _ -> new AtomicInteger()).incrementAndGet() == 1) {
        int count = eaten.incrementAndGet();
        if (count % Math.max(1, items / 10) == 0) {
          System.out.printf("eaten %d%n", count);
        }
      }
      // Before it is said: from then on join may know it.
      done.put(item, true);
      // One that its holder can no longer take is given up: the item comes again.
      caller.callOnce("POST", Caller.only(ACK, lease.body()) + "/done", "");
    }
  }

  private static long millisSince(long start) {
    return Duration.ofNanos(System.nanoTime() - start).toMillis();
  }
}
