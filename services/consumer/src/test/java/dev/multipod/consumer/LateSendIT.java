package dev.multipod.consumer;

import static dev.multipod.consumer.QueueStack.expect;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.multipod.consumer.QueueStack.Answer;
import dev.multipod.testkit.Await;
import dev.multipod.testkit.FaultyProxy;
import dev.multipod.testkit.KafkaBroker;
import dev.multipod.testkit.Ports;
import dev.multipod.testkit.ServiceProcess;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/// An owner that has found a place for an item and is stopped before the item is at the broker, for
/// longer than its session: the broker must refuse what it sent.
class LateSendIT {
  private static final Duration SOON = Duration.ofSeconds(60);

  @Test
  void whatAnOwnerSentBeforeItWasReplacedIsRefusedWhenItComesAfter() throws Exception {
    KafkaBroker.Builder builder = KafkaBroker.builder();
    List<FaultyProxy> networks = new ArrayList<>();
    for (int producer = 0; producer < 2; producer++) {
      int port = Ports.free();
      FaultyProxy network = FaultyProxy.to("127.0.0.1", port);
      builder.listener(port, network.port());
      networks.add(network);
    }
    KafkaBroker broker = builder.start();
    AtomicInteger producers = new AtomicInteger();
    try (QueueStack stack =
            new QueueStack(
                broker,
                (service, process) ->
                    service.equals("producer")
                        ? process
                            .with(
                                "KAFKA_BOOTSTRAP_SERVERS",
                                "127.0.0.1:" + networks.get(producers.getAndIncrement()).port())
                            // It is to hear the broker's answer, not to give it up before.
                            .with("MULTIPOD_PRODUCER_SEND_TIMEOUT", "60s")
                        : process.with(broker));
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      String queue = stack.queue("\"maxsize\": 3");
      int owner = stack.owner(queue);
      int other = 1 - owner;
      ServiceProcess first = stack.producers.get(owner);

      // From now on it knows where the topic is, and its send is a matter of one request.
      expect(201, stack.put(owner, queue, "first", "20s"));
      Answer before = expect(200, stack.take(0, queue, "20s"));
      expect(204, stack.acknowledge(0, before.ackUrl(), "done"));
      expect(200, stack.join(owner, queue, "20s"));
      Await.until("nothing waits", SOON, () -> queued(stack, first, queue) == 0);

      networks.get(owner).blackHole();
      Future<Answer> late = threads.submit(() -> stack.put(owner, queue, "late", "60s", "late"));
      Await.until("a place is found", SOON, () -> queued(stack, first, queue) == 1);
      first.pause();
      Await.until(
          "another owner",
          SOON,
          () -> stack.look(other, queue).path("owner").asText().equals(name(stack, other)));
      // What was on its way comes to the broker now.
      networks.get(owner).heal();
      first.resume();

      Await.until(
          "the send is refused",
          SOON,
          () -> stack.sample(first, "multipod_producer_fenced_total").orElse(0) > 0);
      // The call goes on to the new owner, and its item is there once.
      expect(201, late.get());
      assertEquals(1, stack.look(other, queue).path("queued").asInt());
      Answer item = expect(200, stack.take(0, queue, "20s"));
      assertEquals("late", item.data());
      expect(204, stack.acknowledge(0, item.ackUrl(), "done"));
      expect(200, stack.join(other, queue, "20s"));
    } finally {
      networks.forEach(FaultyProxy::close);
    }
  }

  private static double queued(QueueStack stack, ServiceProcess producer, String queue) {
    return stack.sample(producer, "multipod_producer_queued", "queue=\"" + queue + "\"").orElse(-1);
  }

  private static String name(QueueStack stack, int producer) {
    return stack.producers.get(producer).name();
  }
}
