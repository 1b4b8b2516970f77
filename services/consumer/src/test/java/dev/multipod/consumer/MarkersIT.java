package dev.multipod.consumer;

import static dev.multipod.consumer.QueueStack.expect;

import dev.multipod.consumer.QueueStack.Answer;
import dev.multipod.testkit.Await;
import dev.multipod.testkit.KafkaBroker;
import dev.multipod.testkit.ServiceProcess;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/// The ends of the producers' transactions, which are records in the queues and no items. Here they
/// end every two seconds, elsewhere after minutes.
class MarkersIT {
  private static final Duration SOON = Duration.ofSeconds(60);

  @Test
  void noJoinWaitsForOneAndNoGaugeCountsIt() throws Exception {
    KafkaBroker broker =
        KafkaBroker.builder().with("group.share.min.record.lock.duration.ms", "1000").start();
    try (QueueStack stack =
        new QueueStack(
            broker,
            (_, process) -> process.with(broker).with("MULTIPOD_PRODUCER_TRANSACTION", "2s"))) {
      String queue = stack.queue("");
      // Nobody gets after the last of them.
      for (int records = 2; records <= 4; records += 2) {
        putAndEat(stack, queue);
        int end = records;
        Await.until("a marker", SOON, () -> stack.end("multipod.queue." + queue) >= end);
      }
      int owner = stack.owner(queue);
      awaitNothingUnfinished(stack, stack.producers.get(owner), queue);
      expect(200, stack.join(owner, queue, "20s"));

      putAndEat(stack, queue);
      stack.producers.get(owner).kill();

      awaitNothingUnfinished(stack, stack.producers.get(1 - owner), queue);
      expect(200, stack.join(1 - owner, queue, "20s"));
    }
  }

  private static void putAndEat(QueueStack stack, String queue) {
    expect(201, stack.put(0, queue, "soup", "20s"));
    Answer item = expect(200, stack.take(0, queue, "20s"));
    expect(204, stack.acknowledge(0, item.ackUrl(), "done"));
  }

  private static void awaitNothingUnfinished(QueueStack stack, ServiceProcess owner, String queue) {
    Await.until(
        "the owner tells that nothing is unfinished",
        SOON,
        () ->
            stack.sample(owner, "multipod_producer_unfinished", "queue=\"" + queue + "\"").orElse(1)
                == 0);
  }
}
