package dev.multipod.producer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.multipod.kit.problem.Problem;
import dev.multipod.queue.Order;
import dev.multipod.queue.QueueDefinition;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BrokerLimitsTest {
  private static final Duration LEAST = Duration.ofMillis(15_500);
  private static final Duration MOST = Duration.ofSeconds(60);

  /// With Kafka's own limit, and with the highest that it allows.
  private static final BrokerLimits USUAL = new BrokerLimits(5, LEAST, MOST);

  private static final BrokerLimits HIGHEST = new BrokerLimits(10, LEAST, MOST);

  private static QueueRequest lease(Duration lease) {
    return new QueueRequest(
        Optional.empty(), Optional.of(lease), Optional.empty(), Optional.empty());
  }

  private static QueueRequest deliveries(int most) {
    return new QueueRequest(
        Optional.empty(), Optional.empty(), Optional.of(most), Optional.empty());
  }

  private static QueueRequest order(String order) {
    return new QueueRequest(
        Optional.empty(), Optional.empty(), Optional.empty(), Optional.of(order));
  }

  private static QueueDefinition define(BrokerLimits limits, QueueRequest request) {
    return limits.define("dishes", 0, request);
  }

  private static void assertRefused(BrokerLimits limits, QueueRequest request, String... words) {
    Problem refused = assertThrows(Problem.class, () -> define(limits, request));
    for (String word : words) {
      assertTrue(refused.detail().contains(word), refused.detail());
    }
  }

  @Test
  void aLeaseIsWithinTheBrokersBounds() {
    assertEquals(LEAST, define(USUAL, lease(LEAST)).lease());
    assertEquals(MOST, define(USUAL, lease(MOST)).lease());
    assertRefused(
        USUAL,
        lease(LEAST.minusMillis(1)),
        "'lease'",
        "at least 15.5s",
        "group.share.min.record.lock.duration.ms");
    assertRefused(
        USUAL,
        lease(MOST.plusMillis(1)),
        "'lease'",
        "at most 60s",
        "group.share.max.record.lock.duration.ms");
  }

  @ParameterizedTest
  @CsvSource({"5, 3", "10, 8"})
  void deliveriesAreTwoLessThanTheBrokersLimit(int limit, int most) {
    BrokerLimits limits = new BrokerLimits(limit, LEAST, MOST);
    assertEquals(most, define(limits, deliveries(most)).maxDeliveries());
    assertRefused(
        limits,
        deliveries(most + 1),
        "'maxDeliveries'",
        "at most " + most,
        "group.share.delivery.count.limit");
    assertRefused(limits, deliveries(0), "'maxDeliveries'", "1 or more");
  }

  @Test
  void whatIsNotSaidIsWithinTheBounds() {
    QueueDefinition queue = define(USUAL, QueueRequest.DEFAULT);
    assertEquals(3, queue.maxDeliveries());
    assertEquals(Duration.ofSeconds(30), queue.lease());
    assertEquals(5, define(HIGHEST, QueueRequest.DEFAULT).maxDeliveries());
    BrokerLimits narrow = new BrokerLimits(10, Duration.ofSeconds(40), MOST);
    assertEquals(Duration.ofSeconds(40), define(narrow, QueueRequest.DEFAULT).lease());
  }

  @Test
  void fifoNeedsTheHighestLimit() {
    assertEquals(Order.FIFO, define(HIGHEST, order("fifo")).order());
    assertRefused(USUAL, order("fifo"), "'order'", "group.share.delivery.count.limit is 10", "5");
    assertRefused(HIGHEST, order("lifo"), "'order'", "work or fifo");
  }
}
