package dev.multipod.bench.queue;

import dev.multipod.bench.queue.Wire.Answer;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// How long one caller waits: for a put, for an item that is put while it waits, for a join. One
/// thing at a time; the caller at one replica, the others at the other one.
final class Latency {
  private record Timed(Answer answer, long at) {}

  private static final byte[] NOTHING = new byte[0];
  private static final long SETTLE_MILLIS = 40;

  private final Stack stack;
  private final String queue;
  private final Random random = new Random(1);

  Latency(Stack stack) throws IOException {
    this.stack = stack;
    this.queue = stack.queue();
  }

  /// Milliseconds of each put, at both replicas in turn.
  List<Double> put(int times) throws IOException {
    String own = stack.queue();
    List<Double> millis = new ArrayList<>();
    try (Wire first = new Wire(stack.producers.get(0).base());
        Wire second = new Wire(stack.producers.get(1).base())) {
      for (int time = 0; time < times; time++) {
        long start = System.nanoTime();
        put(time % 2 == 0 ? first : second, own);
        millis.add((System.nanoTime() - start) / 1e6);
      }
    }
    return millis;
  }

  /// Milliseconds from the answer to a put to the answer to the get that waits for it.
  List<Double> get(int times) throws Exception {
    List<Double> millis = new ArrayList<>();
    try (ExecutorService threads = Executors.newSingleThreadExecutor();
        Wire putter = new Wire(stack.producers.get(0).base());
        Wire getter = new Wire(stack.consumers.get(1).base())) {
      for (int time = 0; time < times; time++) {
        Future<Timed> waiting =
            threads.submit(
                timed(
                    () ->
                        getter.post(
                            "/consumer/queues/%s/leases?timeout=30s".formatted(queue), NOTHING)));
        settle();
        put(putter, queue);
        long put = System.nanoTime();
        Timed got = waiting.get();
        millis.add((got.at - put) / 1e6);
        getter.post(got.answer.expect(200).member("ackUrl") + "/done", NOTHING).expect(204);
      }
    }
    return millis;
  }

  /// Milliseconds from the answer to the last task_done to the answer to the join that waits.
  List<Double> join(int times) throws Exception {
    List<Double> millis = new ArrayList<>();
    try (ExecutorService threads = Executors.newSingleThreadExecutor();
        Wire putter = new Wire(stack.producers.get(0).base());
        Wire joiner = new Wire(stack.producers.get(1).base());
        Wire getter = new Wire(stack.consumers.get(0).base())) {
      for (int time = 0; time < times; time++) {
        put(putter, queue);
        Answer got =
            getter.post("/consumer/queues/%s/leases?timeout=30s".formatted(queue), NOTHING);
        Future<Timed> waiting =
            threads.submit(
                timed(() -> joiner.get("/producer/queues/%s/join?timeout=30s".formatted(queue))));
        settle();
        getter.post(got.expect(200).member("ackUrl") + "/done", NOTHING).expect(204);
        long done = System.nanoTime();
        Timed joined = waiting.get();
        joined.answer.expect(200);
        millis.add((joined.at - done) / 1e6);
      }
    }
    return millis;
  }

  private static void put(Wire wire, String queue) throws IOException {
    wire.post(
            "/producer/queues/%s/items".formatted(queue),
            Load.item(),
            "Idempotency-Key",
            UUID.randomUUID().toString())
        .expect(201);
  }

  private static Callable<Timed> timed(Callable<Answer> call) {
    return () -> {
      Answer answer = call.call();
      return new Timed(answer, System.nanoTime());
    };
  }

  /// Until the waiter surely waits, and at no fixed moment of its rounds.
  private void settle() throws InterruptedException {
    Thread.sleep(Duration.ofMillis(SETTLE_MILLIS + random.nextInt(60)));
  }
}
