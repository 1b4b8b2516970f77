package dev.multipod.producer;

import dev.multipod.kit.input.IdempotencyKey;
import dev.multipod.kit.problem.Problem;
import dev.multipod.kit.replica.Drain;
import dev.multipod.queue.Directory;
import dev.multipod.queue.Forward;
import dev.multipod.queue.ItemId;
import dev.multipod.queue.QueueDefinition;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.ws.rs.core.Response;
import java.time.Duration;
import java.util.List;

/// Puts an item by way of the queue's owner: for a caller, and for a run of this replica.
@ApplicationScoped
class Putting {
  /// An item that is in the queue.
  record Put(String id, String queue) {}

  private final Routing routing;
  private final ProducerMetrics metrics;
  private final Drain drain;
  private final Callers callers;
  private final Directory directory;

  Putting(
      Routing routing, ProducerMetrics metrics, Drain drain, Callers callers, Directory directory) {
    this.directory = directory;
    this.routing = routing;
    this.metrics = metrics;
    this.drain = drain;
    this.callers = callers;
  }

  /// 201 with a [Put], or the owner's answer as it came.
  ///
  /// @param wait how long for a place
  /// @param call whose headers have the item's key and Content-Type, for another owner
  /// @throws Problem 429 `queue-full`, 503 `too-many-waiters`, `owner-away`, `broker-away`, 504
  ///   `outcome-unknown`
  Response put(String queue, Item item, Duration wait, Forward.Call call)
      throws InterruptedException {
    callers.enter();
    long start = System.nanoTime();
    try {
      return routing.onOwner(
          queue,
          call,
          item.body(),
          wait,
          left -> "/producer/queues/%s/items?timeout=%dms".formatted(queue, left.toMillis()),
          (term, left) -> {
            Patience patience =
                new Patience(
                    System.nanoTime() + left.toNanos(), () -> call.gone() || drain.begun());
            QueueDefinition known = directory.require(queue);
            PutOutcome outcome = term.put(known, item, patience);
            metrics.put(queue, List.of(outcome), Duration.ofNanos(System.nanoTime() - start));
            return answer(known, outcome);
          });
    } finally {
      callers.leave();
    }
  }

  private static Response answer(QueueDefinition queue, PutOutcome outcome) {
    return switch (outcome) {
      case PutOutcome.Admitted(long offset, boolean replayed) -> {
        Response.ResponseBuilder answer =
            Response.status(201)
                .entity(new Put(new ItemId(queue, offset).toString(), queue.name()));
        if (replayed) {
          answer.header(IdempotencyKey.REPLAYED, "true");
        }
        yield answer.build();
      }
      case PutOutcome.Full() -> throw full(queue);
      case PutOutcome.Unknown() -> throw unknown(queue);
    };
  }

  /// Python's `Full`.
  static Problem full(QueueDefinition queue) {
    return Problem.of(
            429,
            "queue-full",
            "The queue is full",
            "%d items wait to be taken, the queue's maxsize. Retry, or wait with ?timeout=30s."
                .formatted(queue.maxsize()))
        .with("queue", queue.name())
        .with("maxsize", queue.maxsize())
        .retryAfter(Duration.ofSeconds(1));
  }

  static Problem unknown(QueueDefinition queue) {
    return Problem.of(
            504,
            "outcome-unknown",
            "It is not known whether this was done",
            "Kafka did not answer in time. Retry with the same Idempotency-Key: an item is put once.")
        .with("queue", queue.name());
  }
}
