package dev.multipod.consumer;

import dev.multipod.queue.DeliveryLimit;
import dev.multipod.queue.QueueDefinition;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jboss.logging.Logger;

/// What becomes of the items that a slot has got: most are handed out; one that was handed out too
/// often goes to the dead letters, one that the broker is about to drop is put again, and of a fifo
/// queue what does not come next is given back.
@ApplicationScoped
class Triage {
  /// Nothing that was got comes next. The slot is of no use any more.
  static final class OutOfTurn extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /// Whether it comes next by now.
    final boolean again;

    OutOfTurn(boolean again) {
      super("what was got is not what comes next", null, false, false);
      this.again = again;
    }
  }

  private static final Logger LOG = Logger.getLogger(Triage.class);

  private final InOrder inOrder;
  private final Notes notes;
  private final HandOuts past;
  private final DeliveryLimit limit;
  private final ConsumerMetrics metrics;

  Triage(
      InOrder inOrder, Notes notes, HandOuts past, DeliveryLimit limit, ConsumerMetrics metrics) {
    this.inOrder = inOrder;
    this.notes = notes;
    this.past = past;
    this.limit = limit;
    this.metrics = metrics;
  }

  /// Puts aside what is not to be handed out.
  ///
  /// @return what is, with the hand-outs that this will be
  /// @throws OutOfTurn when nothing is that came of a fifo queue
  List<LeasedItem> handOut(Slot slot, List<ConsumerRecord<byte[], byte[]>> items)
      throws InterruptedException {
    return inTurn(slot, alive(slot, items));
  }

  private List<LeasedItem> alive(Slot slot, List<ConsumerRecord<byte[], byte[]>> items)
      throws InterruptedException {
    QueueDefinition queue = slot.queue();
    List<Integer> handOuts = past.of(items);
    List<LeasedItem> good = new ArrayList<>();
    List<LeasedItem> dead = new ArrayList<>();
    List<ConsumerRecord<byte[], byte[]>> finished = new ArrayList<>();
    for (int index = 0; index < items.size(); index++) {
      ConsumerRecord<byte[], byte[]> item = items.get(index);
      int times = handOuts.get(index);
      boolean dropped = limit.isNear(HandOuts.deliveries(item));
      // Of a fifo queue it is not put again: it would come after those behind it.
      if (times >= queue.maxDeliveries() || (dropped && queue.isFifo())) {
        tell("dead-letter", queue, item, times);
        dead.add(new LeasedItem(dead.size() + 1, item, times));
        finished.add(item);
      } else if (dropped) {
        tell("put-again", queue, item, times);
        notes.again(item, times);
        metrics.putAgain(queue.name());
        finished.add(item);
      } else {
        good.add(new LeasedItem(good.size() + 1, item, times + 1));
      }
    }
    if (!dead.isEmpty()) {
      notes.deadLetters(dead, "deliveries");
      metrics.deadLetters(queue.name(), "deliveries", dead.size());
    }
    if (!finished.isEmpty()) {
      boolean confirmed = slot.acknowledge(AcknowledgeType.REJECT, finished);
      if (confirmed) {
        notes.finished(dead.stream().map(LeasedItem::record).toList());
      }
    }
    return good;
  }

  private static void tell(
      String event, QueueDefinition queue, ConsumerRecord<byte[], byte[]> item, int handOuts) {
    LOG.warnf(
        "event=%s queue=%s item=%s hand-outs=%d deliveries=%d",
        event, queue.name(), LeasedItem.id(item), handOuts, HandOuts.deliveries(item));
  }

  /// Of a fifo queue, those of the items that come next; the others are given back.
  private List<LeasedItem> inTurn(Slot slot, List<LeasedItem> items) throws InterruptedException {
    QueueDefinition queue = slot.queue();
    if (!queue.isFifo() || items.isEmpty()) {
      return items;
    }
    int leading =
        inOrder.leading(queue, items.stream().map(item -> item.record().offset()).toList());
    List<LeasedItem> others = items.subList(leading, items.size());
    if (!others.isEmpty()) {
      slot.acknowledge(AcknowledgeType.RELEASE, others.stream().map(LeasedItem::record).toList());
    }
    if (leading == 0) {
      throw new OutOfTurn(inOrder.outOfTurn(queue, others.getFirst().record().offset()));
    }
    return List.copyOf(items.subList(0, leading));
  }
}
