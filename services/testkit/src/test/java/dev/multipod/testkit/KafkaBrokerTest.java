package dev.multipod.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;

class KafkaBrokerTest {
  @Test
  void whatItAcknowledgedIsThereAfterAKill() throws Exception {
    try (KafkaBroker broker = KafkaBroker.start()) {
      put(broker, "kept", "first");

      broker.kill();
      broker.restart();

      try (KafkaConsumer<String, String> consumer =
          new KafkaConsumer<>(client(broker), new StringDeserializer(), new StringDeserializer())) {
        TopicPartition only = new TopicPartition("kept", 0);
        consumer.assign(List.of(only));
        consumer.seekToBeginning(List.of(only));
        assertEquals("first", consumer.poll(Duration.ofSeconds(20)).iterator().next().value());
      }
    }
  }

  @Test
  void aShareGroupGetsWhatWasPutBeforeIt() throws Exception {
    try (KafkaBroker broker =
            KafkaBroker.builder().with("group.share.min.record.lock.duration.ms", "1000").start();
        Admin admin = broker.admin()) {
      put(broker, "shared", "first");
      ConfigResource group = new ConfigResource(ConfigResource.Type.GROUP, "workers");
      admin
          .incrementalAlterConfigs(
              Map.of(
                  group,
                  List.of(
                      new AlterConfigOp(
                          new ConfigEntry("share.auto.offset.reset", "earliest"),
                          AlterConfigOp.OpType.SET),
                      new AlterConfigOp(
                          new ConfigEntry("share.record.lock.duration.ms", "1000"),
                          AlterConfigOp.OpType.SET))))
          .all()
          .get(20, TimeUnit.SECONDS);
      Properties properties = client(broker);
      properties.put("group.id", "workers");
      try (KafkaShareConsumer<String, String> consumer =
          new KafkaShareConsumer<>(
              properties, new StringDeserializer(), new StringDeserializer())) {
        consumer.subscribe(List.of("shared"));
        Await.until(
            "the item arrives",
            Duration.ofSeconds(20),
            () -> consumer.poll(Duration.ofSeconds(5)).count() == 1);
      }
    }
  }

  @Test
  void aPausedBrokerKeepsItsPortAndAnswersAgain() throws Exception {
    try (KafkaBroker broker = KafkaBroker.start();
        Admin admin = broker.admin()) {
      broker.pause();
      boolean listening = !Ports.isFree(broker.port());
      broker.resume();

      assertTrue(listening);
      assertEquals(1, admin.describeCluster().nodes().get(20, TimeUnit.SECONDS).size());
    }
  }

  @Test
  void aClientBehindAProxyTalksThroughItAlone() throws Exception {
    int port = Ports.free();
    try (FaultyProxy proxy = FaultyProxy.to("127.0.0.1", port);
        KafkaBroker _ = KafkaBroker.builder().listener(port, proxy.port()).start()) {
      Properties properties = new Properties();
      properties.put("bootstrap.servers", "127.0.0.1:" + proxy.port());
      try (Admin admin = Admin.create(properties)) {
        assertEquals(
            proxy.port(),
            admin.describeCluster().nodes().get(20, TimeUnit.SECONDS).iterator().next().port());
        proxy.blackHole();
        var unanswered = admin.listTopics().names();
        assertThrows(TimeoutException.class, () -> unanswered.get(500, TimeUnit.MILLISECONDS));
        proxy.heal();
        unanswered.get(20, TimeUnit.SECONDS);
      }
    }
  }

  private static void put(KafkaBroker broker, String topic, String value) throws Exception {
    try (Admin admin = broker.admin();
        KafkaProducer<String, String> producer =
            new KafkaProducer<>(client(broker), new StringSerializer(), new StringSerializer())) {
      admin
          .createTopics(List.of(new NewTopic(topic, 1, (short) 1)))
          .all()
          .get(20, TimeUnit.SECONDS);
      producer.send(new ProducerRecord<>(topic, value)).get(20, TimeUnit.SECONDS);
    }
  }

  private static Properties client(KafkaBroker broker) {
    Properties properties = new Properties();
    properties.put("bootstrap.servers", broker.bootstrapServers());
    return properties;
  }
}
