package dev.multipod.consumer;

import static dev.multipod.consumer.QueueStack.attempt;
import static dev.multipod.consumer.QueueStack.expect;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.multipod.consumer.QueueStack.Answer;
import dev.multipod.testkit.Await;
import dev.multipod.testkit.ServiceProcess;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Queues on a broker that lets nobody in without TLS and a password, and nobody do what an ACL
/// does not allow.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SecurityIT {
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final String WRONG = "no-such-Pa55word";
  private static final String READY = "/q/health/ready";
  private SecureKafka kafka;
  private QueueStack stack;

  @BeforeAll
  void start() throws Exception {
    kafka = new SecureKafka();
    // What Kafka's clients log of their settings is to be seen here.
    stack =
        new QueueStack(
            kafka.broker, (service, process) -> talkative(kafka.connect(service, process)));
  }

  @AfterAll
  void stop() {
    if (stack != null) {
      stack.close();
    }
    if (kafka != null) {
      kafka.close();
    }
  }

  @AfterEach
  void heal() throws Exception {
    if (!stack.broker.child().isAlive()) {
      stack.broker.restart();
    }
    kafka.scram(SecureKafka.PASSWORD);
    stack.heal();
  }

  @Test
  void theWholeWayOfAnItem() throws Exception {
    String queue = stack.queue("\"maxsize\": 3");
    expect(201, stack.put(0, queue, "first", "20s"));
    expect(201, stack.put(1, queue, "second", "20s"));

    Answer first = expect(200, stack.take(0, queue, "20s"));
    Answer second = expect(200, stack.take(1, queue, "20s"));
    expect(202, stack.join(0, queue, "0s"));
    expect(200, stack.acknowledge(0, first.ackUrl(), "renew"));
    expect(204, stack.acknowledge(1, first.ackUrl(), "done"));
    expect(204, stack.acknowledge(0, second.ackUrl(), "done"));
    expect(200, stack.join(1, queue, "20s"));
    assertEquals("first second", first.data() + " " + second.data());
  }

  @Test
  void aFifoQueueAndAJoinOfOnesOwnItems() throws Exception {
    String queue = stack.queue(Numbers.FIFO);
    ServiceProcess producer = stack.producers.getFirst();
    String path = "/producer/queues/" + queue;
    String[] ada = {"Multipod-Putter", "ada", "Idempotency-Key", "one"};
    expect(201, stack.call(producer, "POST", path + "/items?timeout=20s", "mine", ada));

    Answer mine = expect(200, stack.take(1, queue, "20s"));
    expect(202, stack.call(producer, "GET", path + "/join?scope=mine", "", ada));
    expect(204, stack.acknowledge(0, mine.ackUrl(), "done"));

    expect(200, stack.call(producer, "GET", path + "/join?scope=mine&timeout=20s", "", ada));
  }

  @Test
  void aDeadLetterAndTheEndOfAQueue() throws Exception {
    String queue = stack.queue("\"maxDeliveries\": 2");
    expect(201, stack.put(0, queue, "poison", "20s"));
    // Given back: its second hand-out is read from the notices.
    expect(204, stack.acknowledge(0, expect(200, stack.take(0, queue, "20s")).ackUrl(), "release"));
    expect(204, stack.acknowledge(0, expect(200, stack.take(0, queue, "20s")).ackUrl(), "reject"));
    String letters = "/producer/queues/" + queue + "/dlq";
    ServiceProcess producer = stack.producers.getFirst();
    assertEquals(
        1, expect(200, stack.call(producer, "GET", letters, "")).json().get("total").asInt());

    Answer redriven =
        expect(200, stack.call(producer, "POST", letters + "/redrive", "", "Idempotency-Key", "r"));
    assertEquals(1, redriven.json().get("redriven").asInt());
    expect(204, stack.acknowledge(1, expect(200, stack.take(1, queue, "20s")).ackUrl(), "done"));
    expect(200, stack.join(0, queue, "20s"));
    expect(204, stack.call(producer, "DELETE", "/producer/queues/" + queue, ""));
    try (KafkaTraces traces = new KafkaTraces(kafka.broker, queue)) {
      Await.until(
          "nothing of it is left",
          SOON,
          () -> traces.topics().isEmpty() && traces.groups().isEmpty());
    }
  }

  @Test
  void anOwnerChange() throws Exception {
    String queue = stack.queue("\"maxsize\": 3");
    int owner = stack.owner(queue);
    expect(201, stack.put(owner, queue, "before", "20s"));

    stack.producers.get(owner).kill();

    Await.until(
        "another owner takes the item",
        SOON,
        () ->
            attempt(() -> stack.put(1 - owner, queue, "after", "20s", "after"))
                .map(answer -> answer.status() == 201)
                .orElse(false));
    for (String item : List.of("before", "after")) {
      Answer taken = expect(200, stack.take(0, queue, "20s"));
      assertEquals(item, taken.data());
      expect(204, stack.acknowledge(0, taken.ackUrl(), "done"));
    }
    expect(200, stack.join(1 - owner, queue, "20s"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"producer", "consumer"})
  void aWrongPasswordIsToldInReadinessAndInEveryAnswer(String service) {
    try (ServiceProcess process =
        talkative(kafka.connect(service, ServiceProcess.of(service).replica(9)))
            .with("MULTIPOD_KAFKA_PASSWORD", WRONG)
            .launch()) {
      awaitTrouble(process, "the broker refused the credentials (authentication failed)");

      for (Answer answer : calls(process, service)) {
        String text = expect(503, answer).text();
        assertTrue(text.contains("broker-away"), text);
        assertTrue(text.contains("the broker refused the credentials"), text);
        assertTrue(text.contains("multipod.kafka.password"), text);
        assertFalse(text.contains(WRONG), text);
      }
      assertFalse(health(process).contains(WRONG));
      assertNotLogged(process, WRONG);
      assertEquals(200, alive(process).status());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"producer", "consumer"})
  void anAuthorityThatDidNotSignTheBrokersCertificateIsTold(String service) throws Exception {
    try (Authority other = Authority.create("other");
        ServiceProcess process =
            kafka
                .connect(service, ServiceProcess.of(service).replica(9))
                .with("MULTIPOD_KAFKA_CA", other.certificate().toString())
                .launch()) {
      awaitTrouble(process, "the TLS handshake with the broker failed");

      for (Answer answer : calls(process, service)) {
        String text = expect(503, answer).text();
        assertTrue(text.contains("multipod.kafka.ca"), text);
      }
    }
  }

  @Test
  void credentialsThatAreRefusedAfterAWhileAndMendedNeedNoRestart() throws Exception {
    String queue = stack.queue("\"maxsize\": 3");
    expect(201, stack.put(0, queue, "before", "20s"));
    kafka.scram(WRONG);
    // Connections that are open stay; those after a restart are new.
    stack.broker.kill();
    stack.broker.restart();
    stack.producers.forEach(
        each -> awaitTrouble(each, "the broker refused the credentials (authentication failed)"));
    Answer refused = expect(503, stack.put(0, queue, "refused", "0s"));
    assertTrue(refused.text().contains("the broker refused the credentials"), refused::text);

    kafka.scram(SecureKafka.PASSWORD);

    stack.heal();
    Await.until(
        "an item is put again",
        SOON,
        () -> stack.put(0, queue, "after", "5s", "a").status() == 201);
    for (String item : List.of("before", "after")) {
      Answer taken = expect(200, stack.take(0, queue, "20s"));
      assertEquals(item, taken.data());
      expect(204, stack.acknowledge(0, taken.ackUrl(), "done"));
    }
    expect(200, stack.join(1, queue, "20s"));
  }

  @Test
  void noLogHasThePassword() {
    Stream.concat(stack.producers.stream(), stack.consumers.stream())
        .forEach(
            each -> {
              assertTrue(
                  each.log().stream().anyMatch(line -> line.contains("sasl.jaas.config")),
                  "the settings of Kafka's clients are in the log");
              assertNotLogged(each, SecureKafka.PASSWORD);
              assertNotLogged(each, "p\\\"w'd");
            });
  }

  private static ServiceProcess.Builder talkative(ServiceProcess.Builder process) {
    return process.jvm("-Dquarkus.log.category.\"org.apache.kafka.common.config\".level=INFO");
  }

  private static void assertNotLogged(ServiceProcess process, String text) {
    assertEquals(List.of(), process.log().stream().filter(line -> line.contains(text)).toList());
  }

  private List<Answer> calls(ServiceProcess process, String service) {
    if (service.equals("consumer")) {
      return List.of(stack.call(process, "POST", "/consumer/queues/dishes/leases?timeout=0s", ""));
    }
    return List.of(
        stack.call(process, "PUT", "/producer/queues/dishes", "{}"),
        stack.call(process, "POST", "/producer/queues/dishes/items", "x", "Idempotency-Key", "k"),
        stack.call(process, "GET", "/producer/queues/dishes/join", ""),
        stack.call(process, "GET", "/producer/queues", ""));
  }

  private void awaitTrouble(ServiceProcess process, String words) {
    Await.until(
        () -> "readiness says '" + words + "'; it says " + health(process),
        SOON,
        () -> !process.ready() && health(process).contains(words));
  }

  private String health(ServiceProcess process) {
    return attempt(() -> stack.call(process.management().resolve(READY), "GET", new byte[0]))
        .map(Answer::text)
        .orElse("nothing");
  }

  private Answer alive(ServiceProcess process) {
    return stack.call(process.management().resolve("/q/health/live"), "GET", new byte[0]);
  }
}
