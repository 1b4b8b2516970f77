package dev.multipod.bench.queue;

import com.sun.management.OperatingSystemMXBean;
import dev.multipod.bench.queue.Wire.Answer;
import dev.multipod.testkit.ServiceProcess;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// Callers who put and get as fast as they are answered, evenly at all replicas.
final class Load {
  /// @param cores how many cores the callers themselves used
  record Rate(long items, double seconds, double cores) {
    double perSecond() {
      return items / seconds;
    }
  }

  private interface Caller {
    /// Makes one call.
    ///
    /// @return how many items it had; less than 0 when there are no more
    int call(Wire wire) throws IOException;
  }

  static final int ITEM_BYTES = 200;
  private static final int PUT_LINES = 5_000;
  private static final int GET_LINES = 500;
  private static final byte[] NOTHING = new byte[0];

  private Load() {}

  static byte[] item() {
    return "x".repeat(ITEM_BYTES).getBytes(StandardCharsets.US_ASCII);
  }

  /// Puts calls of 5,000 lines.
  static Rate putMany(Stack stack, String queue, int callers, double seconds) throws Exception {
    byte[] lines =
        ("x".repeat(ITEM_BYTES) + "\n").repeat(PUT_LINES).getBytes(StandardCharsets.US_ASCII);
    String path = "/producer/queues/%s/items/batch?timeout=30s".formatted(queue);
    return run(
        stack.producers,
        callers,
        seconds,
        wire -> {
          wire.post(path, lines, "Idempotency-Key", UUID.randomUUID().toString()).expect(201);
          return PUT_LINES;
        });
  }

  /// Gets leases of 500 and ends each with one call.
  static Rate getMany(Stack stack, String queue, int callers, double seconds) throws Exception {
    String path = "/consumer/queues/%s/leases/batch?max=%d&timeout=1s".formatted(queue, GET_LINES);
    return run(
        stack.consumers,
        callers,
        seconds,
        wire -> {
          Answer lease = wire.post(path, NOTHING);
          if (lease.status() == 204) {
            return -1;
          }
          wire.post(
                  lease.expect(200).header("Multipod-Lease-Ack-Url").orElseThrow() + "/done",
                  NOTHING)
              .expect(204);
          return Math.toIntExact(lease.text().chars().filter(each -> each == '\n').count());
        });
  }

  /// Gets one item and ends its lease, again and again.
  static Rate getOne(Stack stack, String queue, int callers, double seconds) throws Exception {
    String path = "/consumer/queues/%s/leases?timeout=1s".formatted(queue);
    return run(
        stack.consumers,
        callers,
        seconds,
        wire -> {
          Answer lease = wire.post(path, NOTHING);
          if (lease.status() == 204) {
            return -1;
          }
          wire.post(lease.expect(200).member("ackUrl") + "/done", NOTHING).expect(204);
          return 1;
        });
  }

  /// Until the time is over, or until a caller finds nothing more.
  private static Rate run(List<ServiceProcess> replicas, int callers, double seconds, Caller caller)
      throws InterruptedException, ExecutionException {
    var machine = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    long used = machine.getProcessCpuTime();
    long start = System.nanoTime();
    long end = start + (long) (seconds * 1e9);
    List<Future<long[]>> running = new ArrayList<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(callers)) {
      for (int each = 0; each < callers; each++) {
        URI base = replicas.get(each % replicas.size()).base();
        running.add(threads.submit(() -> run(base, end, caller)));
      }
    }
    long items = 0;
    long last = start + 1;
    for (Future<long[]> each : running) {
      items += each.get()[0];
      last = Math.max(last, each.get()[1]);
    }
    double took = (last - start) / 1e9;
    return new Rate(items, took, (machine.getProcessCpuTime() - used) / 1e9 / took);
  }

  /// One caller.
  ///
  /// @return the items, and when the last one was there
  private static long[] run(URI base, long end, Caller caller) throws IOException {
    long items = 0;
    long last = 0;
    try (Wire wire = new Wire(base)) {
      while (System.nanoTime() < end) {
        int some = caller.call(wire);
        if (some < 0) {
          break;
        }
        items += some;
        last = System.nanoTime();
      }
    }
    return new long[] {items, last};
  }
}
