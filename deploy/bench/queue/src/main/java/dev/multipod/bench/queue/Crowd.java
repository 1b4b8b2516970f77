package dev.multipod.bench.queue;

import dev.multipod.testkit.Await;
import dev.multipod.testkit.ServiceProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// What a thousand callers who wait for items of forty queues cost a consumer that has just been
/// started: more queues than it has slots, so that every slot is in use and others stand in line
/// for one.
final class Crowd {
  private static final int CALLERS = 1_000;
  private static final int QUEUES = 40;
  private static final Duration PATIENCE = Duration.ofMinutes(1);
  private static final Duration LATER = Duration.ofSeconds(15);

  private final ServiceProcess replica;
  private final List<String> queues = new ArrayList<>();

  Crowd(Stack stack, ServiceProcess replica) throws IOException {
    this.replica = replica;
    for (int queue = 0; queue < QUEUES; queue++) {
      queues.add(stack.queue());
    }
  }

  void measure() throws Exception {
    try (Wire wire = new Wire(replica.base())) {
      for (String queue : queues) {
        Await.until(queue + " is known", PATIENCE, () -> isEmpty(wire, queue));
      }
    }
    List<Wire> callers = new ArrayList<>();
    long start = System.nanoTime();
    for (int caller = 0; caller < CALLERS; caller++) {
      Wire wire = new Wire(replica.base());
      callers.add(wire);
      wire.send(
          "POST",
          "/consumer/queues/%s/leases?timeout=60s".formatted(queues.get(caller % QUEUES)),
          new byte[0]);
    }
    try (Wire management = new Wire(replica.management())) {
      Await.until(
          "all wait", PATIENCE, () -> gauge(management, "multipod_consumer_line") >= CALLERS);
      double seconds = (System.nanoTime() - start) / 1e9;
      Thread.sleep(LATER);
      System.out.printf(
          "%,d callers in line at one consumer after %.1f s, %d slots in use: %d MB resident, %d of"
              + " them its own%n",
          gauge(management, "multipod_consumer_line"),
          seconds,
          gauge(management, "multipod_consumer_slots_busy"),
          megabytes("VmRSS"),
          megabytes("RssAnon"));
    }
    for (Wire caller : callers) {
      caller.close();
    }
  }

  private static boolean isEmpty(Wire wire, String queue) throws IOException {
    return wire.post("/consumer/queues/%s/leases?timeout=0s".formatted(queue), new byte[0]).status()
        == 204;
  }

  private static long gauge(Wire management, String name) throws IOException {
    return management
        .get("/q/metrics")
        .expect(200)
        .text()
        .lines()
        .filter(line -> line.startsWith(name + " ") || line.startsWith(name + "{"))
        .mapToLong(line -> (long) Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .findFirst()
        .orElse(0);
  }

  /// What Linux says of its memory; what is not its own are files, the AOT cache above all, which
  /// replicas on one machine share.
  private long megabytes(String what) throws IOException {
    return Files.readAllLines(Path.of("/proc/" + replica.pid() + "/status")).stream()
        .filter(line -> line.startsWith(what))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) / 1024)
        .findFirst()
        .orElseThrow();
  }
}
