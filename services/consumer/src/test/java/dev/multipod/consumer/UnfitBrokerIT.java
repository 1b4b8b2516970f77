package dev.multipod.consumer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.multipod.testkit.Await;
import dev.multipod.testkit.KafkaBroker;
import dev.multipod.testkit.ServiceProcess;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.FeatureUpdate;
import org.apache.kafka.clients.admin.UpdateFeaturesOptions;
import org.junit.jupiter.api.Test;

/// A broker that cannot do what queues need is told of, with what cures it, and is used as soon as
/// it can.
class UnfitBrokerIT {
  private static final Duration SOON = Duration.ofSeconds(60);

  private final HttpClient http = HttpClient.newHttpClient();

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
        assertEquals(201, create(producer));
      }
    }
  }

  @Test
  void aTransactionThatMayNotBeOpenForSoLong() throws Exception {
    try (KafkaBroker broker =
            KafkaBroker.builder().with("transaction.max.timeout.ms", "300000").start();
        ServiceProcess producer =
            ServiceProcess.of("producer")
                .with(broker)
                .with("MULTIPOD_PRODUCER_TRANSACTION", "241s")
                .launch()) {
      String bound = "multipod.producer.transaction is 241s, and the broker allows 240s";
      awaitTrouble(producer, bound);
      assertRefused(bound, send(producer, "PUT", "/producer/queues/dishes", "{}"));
    }
    try (KafkaBroker broker =
            KafkaBroker.builder().with("transaction.max.timeout.ms", "300000").start();
        ServiceProcess producer =
            ServiceProcess.of("producer")
                .with(broker)
                .with("MULTIPOD_PRODUCER_TRANSACTION", "240s")
                .start()) {
      assertEquals(201, create(producer));
    }
  }

  private int create(ServiceProcess producer) throws IOException, InterruptedException {
    // The first owner may take a moment to begin.
    HttpResponse<String> answer = send(producer, "PUT", "/producer/queues/dishes", "{}");
    long end = System.nanoTime() + SOON.toNanos();
    while (answer.statusCode() == 503 && System.nanoTime() < end) {
      answer = send(producer, "PUT", "/producer/queues/dishes", "{}");
    }
    return answer.statusCode();
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

  private static void assertRefused(String words, HttpResponse<String> answer) {
    assertEquals(503, answer.statusCode(), answer::body);
    assertTrue(answer.body().contains("broker-away"), answer::body);
    assertTrue(answer.body().contains(words), answer::body);
  }

  private void awaitTrouble(ServiceProcess process, String words) {
    URI ready = process.management().resolve("/q/health/ready");
    Await.until(
        "readiness says '%s'".formatted(words),
        SOON,
        () -> {
          HttpResponse<String> answer =
              http.send(
                  HttpRequest.newBuilder(ready).build(), HttpResponse.BodyHandlers.ofString());
          return answer.statusCode() == 503 && answer.body().contains(words);
        });
  }

  private HttpResponse<String> send(ServiceProcess process, String method, String path, String body)
      throws IOException, InterruptedException {
    return http.send(
        HttpRequest.newBuilder(process.base().resolve(path))
            .header("Content-Type", "application/json")
            .method(method, HttpRequest.BodyPublishers.ofString(body))
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }
}
