package dev.multipod.bench.queue;

import dev.multipod.bench.queue.Load.Rate;
import dev.multipod.testkit.ServiceProcess;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/// Items a second over HTTP with two replicas each, and what Kafka's own tools do on the same
/// broker, interleaved; then how long one caller waits, and what a thousand who wait cost. Prints
/// medians.
///
/// Usage: `QueueBench [ROUNDS] [SECONDS]`.
final class QueueBench {
  private static final int PUTTERS = 4;
  private static final int GETTERS = 4;
  private static final int ONE_AT_A_TIME = 16;
  // Either producer may own the next queue, and each compiles by itself, on cores that all share.
  private static final int WARM_UPS = 8;
  private static final int KAFKA_RECORDS = 700_000;

  /// One kind of work, over all rounds.
  private static final class Series {
    private final List<Double> rates = new ArrayList<>();
    private final List<Double> cores = new ArrayList<>();

    void add(Rate rate) {
      rates.add(rate.perSecond());
      cores.add(rate.cores());
    }

    double median() {
      return Median.of(rates);
    }

    String told() {
      return "%,9.0f items/s (%,.0f to %,.0f)"
          .formatted(median(), Median.quantile(rates, 0), Median.quantile(rates, 1));
    }
  }

  private final Stack stack;
  private final double seconds;
  private final KafkaTools kafka;

  private QueueBench(Stack stack, double seconds) {
    this.stack = stack;
    this.seconds = seconds;
    this.kafka = new KafkaTools(stack.broker, KAFKA_RECORDS);
  }

  public static void main(String[] arguments) throws Exception {
    int rounds = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 5;
    double seconds = arguments.length > 1 ? Double.parseDouble(arguments[1]) : 5;
    try (Stack stack = new Stack()) {
      QueueBench bench = new QueueBench(stack, seconds);
      bench.warmUp();
      bench.rates(rounds);
      bench.waits();
      try (ServiceProcess fresh = stack.fresh()) {
        new Crowd(stack, fresh).measure();
      }
    }
  }

  private void warmUp() throws Exception {
    for (int time = 0; time < WARM_UPS; time++) {
      String queue = stack.queue();
      Load.putMany(stack, queue, PUTTERS, seconds);
      Load.getMany(stack, queue, GETTERS, seconds);
      Load.getOne(stack, queue, ONE_AT_A_TIME, 2);
    }
  }

  private void rates(int rounds) throws Exception {
    Series put = new Series();
    Series get = new Series();
    Series one = new Series();
    Series kafkaPut = new Series();
    Series kafkaGet = new Series();
    for (int round = 1; round <= rounds; round++) {
      String queue = stack.queue();
      put.add(Load.putMany(stack, queue, PUTTERS, seconds));
      String topic = "peer-" + UUID.randomUUID();
      kafka.create(topic);
      kafkaPut.rates.add(kafka.put(topic));
      get.add(Load.getMany(stack, queue, GETTERS, seconds));
      kafkaGet.rates.add(kafka.get(topic));
      one.add(Load.getOne(stack, refilled(), ONE_AT_A_TIME, seconds));
      System.err.printf("round %d of %d%n", round, rounds);
    }
    tell("put, calls of 5,000 lines", put, kafkaPut);
    tell("get, leases of 500, and done", get, kafkaGet);
    System.out.printf(
        "get, one item, and done      %s, load %.2f cores%n", one.told(), Median.of(one.cores));
  }

  private String refilled() throws Exception {
    String queue = stack.queue();
    Load.putMany(stack, queue, 1, 1);
    return queue;
  }

  private static void tell(String what, Series ours, Series kafka) {
    System.out.printf("%-28s %s, load %.2f cores%n", what, ours.told(), Median.of(ours.cores));
    System.out.printf(
        "%-28s %s, ratio %.2f%n", "  Kafka's own", kafka.told(), ours.median() / kafka.median());
  }

  private void waits() throws Exception {
    Latency latency = new Latency(stack);
    latency.put(1000);
    System.out.println("one put: " + Median.told(latency.put(2000)));
    latency.get(50);
    System.out.println("an item put while its getter waits: " + Median.told(latency.get(200)));
    latency.join(5);
    System.out.println("join after the last done: " + Median.told(latency.join(50)));
  }
}
