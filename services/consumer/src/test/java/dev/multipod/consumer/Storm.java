package dev.multipod.consumer;

import dev.multipod.testkit.Await;
import dev.multipod.testkit.FaultyProxy;
import dev.multipod.testkit.ServiceProcess;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/// One fault after the other, in an order that a seed decides; each begins while a queue is worked
/// at and is over before the next begins, and whatever was killed runs again.
final class Storm {
  private enum Fault {
    /// kill -9 of a consumer with one item in somebody's hands.
    KILLED_CONSUMER(3, 1),
    /// The same with a batch of ten.
    KILLED_CONSUMER_OF_A_BATCH(3, 1),
    STOPPED_CONSUMER(2, 1),
    /// SIGSTOP, for less than its leases.
    SLEEPING_CONSUMER(1, 1),
    /// kill -9 of the producer that admits.
    KILLED_OWNER(2, 0),
    STOPPED_OWNER(2, 0),
    /// SIGSTOP of the producer that admits, until another one has its place.
    SLEEPING_OWNER(2, 0),
    KILLED_BROKER(2, 2),
    /// Every connection of a replica to the broker, orderly.
    CUT(9, 1),
    /// The same with a reset.
    RESET(7, 1),
    /// A reset after so many bytes, for a while.
    LOST_ANSWERS(3, 8),
    SLOW_NETWORK(3, 0),
    /// A network that swallows everything for a while.
    SILENT_NETWORK(1, 1);

    private final int share;

    /// How often it may strike what is in hand.
    private final int hits;

    Fault(int share, int hits) {
      this.share = share;
      this.hits = hits;
    }
  }

  private static final Duration SESSION = Duration.ofSeconds(6);
  private static final int BATCH = 10;

  /// For the next queue to be made and worked at.
  private static final Duration TURN = Duration.ofMinutes(3);

  private final QueueStack stack;
  private final Hands hands;
  private final Supplier<String> queue;
  private final Random random;
  private final List<FaultyProxy> networks;
  private final Map<Fault, Integer> injected =
      Collections.synchronizedMap(new EnumMap<>(Fault.class));
  private volatile int begun;
  private volatile int ended;

  /// How many kills found a batch of ten.
  private final AtomicInteger batches = new AtomicInteger();

  /// @param queue the one that is worked at now, or nothing
  Storm(QueueStack stack, Hands hands, Supplier<String> queue, Random random) {
    this.stack = stack;
    this.hands = hands;
    this.queue = queue;
    this.random = random;
    this.networks = new ArrayList<>(stack.consumerNetworks);
    networks.addAll(stack.producerNetworks);
  }

  /// Injects so many faults.
  void blow(int faults) {
    List<Fault> order = new ArrayList<>();
    while (order.size() < faults) {
      List<Fault> deck = new ArrayList<>();
      for (Fault fault : Fault.values()) {
        deck.addAll(Collections.nCopies(fault.share, fault));
      }
      Collections.shuffle(deck, random);
      order.addAll(deck);
    }
    int hits = 0;
    for (Fault fault : order.subList(0, faults)) {
      Caller.pause(Duration.ofMillis(random.nextInt(300)));
      Await.until("a queue is worked at", TURN, () -> !queue.get().isEmpty());
      hits += fault.hits;
      begun = hits;
      inject(fault);
      ended = hits;
      injected.merge(fault, 1, Integer::sum);
    }
  }

  /// How often something in hand may have been struck by those that have begun.
  int hitsBegun() {
    return begun;
  }

  /// The same by those that are over.
  int hitsOver() {
    return ended;
  }

  /// How many there were.
  int faults() {
    return injected.values().stream().mapToInt(Integer::intValue).sum();
  }

  @Override
  public String toString() {
    return injected + ", killed with ten in hand: " + batches;
  }

  private void inject(Fault fault) {
    FaultyProxy network = networks.get(random.nextInt(networks.size()));
    switch (fault) {
      case KILLED_CONSUMER -> {
        ServiceProcess consumer = consumerOf(1, 1);
        consumer.kill();
        consumer.restart();
      }
      case KILLED_CONSUMER_OF_A_BATCH -> {
        ServiceProcess consumer = consumerOf(BATCH, BATCH);
        consumer.kill();
        consumer.restart();
      }
      case STOPPED_CONSUMER -> stop(consumerOf(1, BATCH));
      case SLEEPING_CONSUMER -> sleep(consumerOf(1, BATCH), Duration.ofSeconds(2));
      case KILLED_OWNER -> {
        ServiceProcess owner = owner();
        owner.kill();
        owner.restart();
      }
      case STOPPED_OWNER -> stop(owner());
      case SLEEPING_OWNER -> sleep(owner(), SESSION.plusMillis(500 + random.nextInt(1500)));
      case KILLED_BROKER -> {
        stack.broker.kill();
        Caller.pause(Duration.ofMillis(random.nextInt(1000)));
        stack.broker.restart();
      }
      case CUT -> network.cut();
      case RESET -> network.reset();
      case LOST_ANSWERS -> {
        network.resetAfter(100 + random.nextInt(8_000));
        Caller.pause(Duration.ofMillis(400));
        network.heal();
      }
      case SLOW_NETWORK -> {
        network.delay(Duration.ofMillis(20 + random.nextInt(130)));
        Caller.pause(Duration.ofMillis(500));
        network.heal();
      }
      case SILENT_NETWORK -> {
        network.blackHole();
        Caller.pause(Duration.ofMillis(2_500));
        network.heal();
      }
    }
  }

  private static void stop(ServiceProcess replica) {
    if (!replica.stop(Duration.ofSeconds(30))) {
      throw new AssertionError("it did not stop: " + replica.log());
    }
    replica.restart();
  }

  private static void sleep(ServiceProcess replica, Duration time) {
    replica.pause();
    Caller.pause(time);
    replica.resume();
  }

  /// A consumer with so many items in somebody's hands; after a while any, since nobody may get.
  private ServiceProcess consumerOf(int least, int most) {
    List<Integer> found = hands.consumersOf(least, most);
    for (int look = 0; look < 200 && found.isEmpty(); look++) {
      Caller.pause(Duration.ofMillis(10));
      found = hands.consumersOf(least, most);
    }
    if (found.isEmpty()) {
      return stack.consumers.get(random.nextInt(stack.consumers.size()));
    }
    if (least == BATCH) {
      batches.incrementAndGet();
    }
    return stack.consumers.get(found.get(random.nextInt(found.size())));
  }

  /// The producer that admits now, or any.
  private ServiceProcess owner() {
    int any = random.nextInt(stack.producers.size());
    String owner =
        QueueStack.attempt(
                () ->
                    stack.call(
                        stack.producers.get(any), "GET", "/producer/queues/" + queue.get(), ""))
            .map(answer -> answer.json().path("owner").asText())
            .orElse("");
    return stack.producers.stream()
        .filter(producer -> producer.name().equals(owner))
        .findFirst()
        .orElseGet(() -> stack.producers.get(any));
  }
}
