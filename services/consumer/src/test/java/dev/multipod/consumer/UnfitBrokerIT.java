package dev.multipod.consumer;

import static dev.multipod.consumer.QueueStack.expect;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.multipod.consumer.QueueStack.Answer;
import dev.multipod.testkit.Await;
import dev.multipod.testkit.KafkaBroker;
import dev.multipod.testkit.ServiceProcess;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.FeatureUpdate;
import org.apache.kafka.clients.admin.UpdateFeaturesOptions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// A broker that cannot do what queues need is told of, with what cures it, and is used as soon as
/// it can.
class UnfitBrokerIT {
  private static final Duration SOON = Duration.ofSeconds(60);

  private final Caller caller = new Caller();

  @AfterEach
  void close() {
    caller.close();
  }

  @Test
  void shareGroupsThatAreSwitchedOff() throws Exception {
    try (KafkaBroker broker = KafkaBroker.start()) {
      shareVersion(broker, 0);
      try (ServiceProcess producer = ServiceProcess.of("producer").with(broker).launch();
          ServiceProcess consumer = ServiceProcess.of("consumer").with(broker).launch()) {
        String cure = "kafka-features.sh upgrade --feature share.version=1";
        awaitTrouble(producer, cure);
        awaitTrouble(consumer, cure);
        assertRefused(cure, send(producer, "PUT", "/producer/queues/dishes", "{}"));
        assertRefused(
            cure, send(consumer, "POST", "/consumer/queues/dishes/leases?timeout=0s", ""));

        shareVersion(broker, 1);

        producer.awaitReady(SOON);
        consumer.awaitReady(SOON);
        awaitCreated(producer);
        expect(201, send(producer, "POST", "/producer/queues/dishes/items?timeout=10s", "soup"));
        expect(200, send(consumer, "POST", "/consumer/queues/dishes/leases?timeout=10s", ""));
      }
    }
  }

  @Test
  void aLongerTransactionAndMoreSlotsThanTheBrokerAllows() throws Exception {
    try (KafkaBroker broker =
        KafkaBroker.builder()
            .with("transaction.max.timeout.ms", "300000")
            .with("group.share.max.size", "20")
            .start()) {
      try (ServiceProcess producer = producer(broker, "240.5s");
          ServiceProcess consumer = ServiceProcess.of("consumer").with(broker).launch()) {
        String bound = "multipod.producer.transaction is 240500 ms";
        awaitTrouble(producer, bound);
        Answer refused = send(producer, "PUT", "/producer/queues/dishes", "{}");
        assertRefused(bound, refused);
        assertRefused("300000", refused);
        assertRefused("240000 ms", refused);

        String slots = "multipod.consumer.slots is 32: with the broker's group.share.max.size";
        awaitTrouble(consumer, slots);
        assertRefused(
            slots, send(consumer, "POST", "/consumer/queues/dishes/leases?timeout=0s", ""));
      }
      try (ServiceProcess producer = producer(broker, "240s")) {
        producer.awaitReady(SOON);
        awaitCreated(producer);
      }
    }
  }

  private static ServiceProcess producer(KafkaBroker broker, String transaction) {
    return ServiceProcess.of("producer")
        .with(broker)
        .with("MULTIPOD_PRODUCER_TRANSACTION", "PT" + transaction)
        .launch();
  }

  /// The first owner may take a moment to begin.
  private void awaitCreated(ServiceProcess producer) {
    Await.until(
        "a queue",
        SOON,
        () -> {
          int status = send(producer, "PUT", "/producer/queues/dishes", "{}").status();
          return status == 200 || status == 201;
        });
  }

  private static void shareVersion(KafkaBroker broker, int level)
      throws InterruptedException, ExecutionException {
    FeatureUpdate.UpgradeType type =
        level == 0 ? FeatureUpdate.UpgradeType.UNSAFE_DOWNGRADE : FeatureUpdate.UpgradeType.UPGRADE;
    try (Admin admin = broker.admin()) {
      admin
          .updateFeatures(
              Map.of("share.version", new FeatureUpdate((short) level, type)),
              new UpdateFeaturesOptions())
          .all()
          .get();
    }
  }

  private static void assertRefused(String words, Answer answer) {
    String text = expect(503, answer).text();
    assertTrue(text.contains("broker-away"), text);
    assertTrue(text.contains(words), text);
  }

  private void awaitTrouble(ServiceProcess process, String words) {
    URI ready = process.management().resolve("/q/health/ready");
    AtomicReference<String> said = new AtomicReference<>("nothing");
    Await.until(
        () -> "readiness says '%s'; it says %s".formatted(words, said),
        SOON,
        () -> {
          Answer answer = caller.ask(ready, "GET", "").orElseThrow();
          said.set(answer.text());
          return answer.status() == 503 && answer.text().contains(words);
        });
  }

  private Answer send(ServiceProcess process, String method, String path, String body) {
    return caller.ask(process, method, path, body, "Idempotency-Key", "key").orElseThrow();
  }
}
