package dev.multipod.consumer;

import static dev.multipod.consumer.QueueStack.expect;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.multipod.consumer.QueueStack.Answer;
import dev.multipod.testkit.ServiceProcess;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/// More leases than a replica has slots.
class SlotsIT {
  private final QueueStack stack = QueueStack.get();

  @Test
  void oneLeaseMoreThanSlotsIsRefusedWithTheBound() throws Exception {
    String queue = stack.queue("");
    String empty = stack.queue("");
    for (String item : new String[] {"a", "b", "c"}) {
      expect(201, stack.put(0, queue, item, "0s"));
    }
    try (ServiceProcess consumer =
        ServiceProcess.of("consumer")
            .replica(9)
            .with(stack.broker)
            .with("MULTIPOD_CONSUMER_SLOTS", "2")
            .start()) {
      Answer first = expect(200, take(consumer, queue, "20s"));
      Answer second = expect(200, take(consumer, queue, "20s"));

      // Also of the one who stands in line behind the first.
      try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
        Future<Answer> other = threads.submit(() -> take(consumer, queue, "500ms"));
        for (Answer refused : List.of(take(consumer, queue, "500ms"), other.get())) {
          expect(503, refused);
          assertTrue(refused.text().contains(":slots-busy"), refused::text);
          assertEquals(2, refused.json().path("limit").asInt());
          assertEquals("1", refused.http().headers().firstValue("Retry-After").orElse(""));
        }
      }
      // Of this one the broker knows that there is nothing.
      expect(204, take(consumer, empty, "500ms"));

      expect(204, stack.call(consumer, "POST", first.ackUrl() + "/done", ""));
      Answer third = expect(200, take(consumer, queue, "20s"));
      assertEquals("c", third.data());
      expect(204, stack.call(consumer, "POST", second.ackUrl() + "/done", ""));
      expect(204, stack.call(consumer, "POST", third.ackUrl() + "/done", ""));
    }
    expect(200, stack.join(0, queue, "20s"));
  }

  private Answer take(ServiceProcess consumer, String queue, String timeout) {
    return stack.call(
        consumer, "POST", "/consumer/queues/%s/leases?timeout=%s".formatted(queue, timeout), "");
  }
}
