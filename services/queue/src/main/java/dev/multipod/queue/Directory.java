package dev.multipod.queue;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.multipod.kit.problem.Problem;
import dev.multipod.kit.wait.Signal;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jboss.logging.Logger;

/// All queues there are, as the topic of definitions tells. Every replica reads it and has its own
/// copy, a moment late; [#catchUp] makes it current.
@ApplicationScoped
public class Directory {
  private static final Logger LOG = Logger.getLogger(Directory.class);
  private static final Duration RETRY = Duration.ofSeconds(1);

  private final Broker broker;
  private final BrokerSettings settings;
  private final ObjectMapper json;
  private final Map<String, QueueDefinition> queues = new ConcurrentSkipListMap<>();
  private final Map<TopicPartition, Long> positions = new ConcurrentHashMap<>();
  private final Signal read = new Signal();
  private volatile boolean stopping;
  private volatile boolean complete;
  private volatile int shares;

  Directory(Broker broker, BrokerSettings settings, ObjectMapper json) {
    this.broker = broker;
    this.settings = settings;
    this.json = json;
  }

  /// Whether it was read to its end once.
  public boolean complete() {
    return complete;
  }

  /// Into how many shares the queues are divided.
  ///
  /// @throws Problem 503 `broker-away` before the topics were ever seen
  public int shares() {
    if (shares == 0) {
      throw Broker.away("the queues were not read yet");
    }
    return shares;
  }

  public List<QueueDefinition> all() {
    return new ArrayList<>(queues.values());
  }

  public Optional<QueueDefinition> find(String queue) {
    return Optional.ofNullable(queues.get(queue));
  }

  /// The queue; a queue that another replica just made is found too.
  ///
  /// @throws Problem 404 `queue-unknown`, or 503 `broker-away` when that cannot be told
  public QueueDefinition require(String queue) throws InterruptedException {
    Optional<QueueDefinition> known = find(queue);
    if (known.isPresent()) {
      return known.get();
    }
    catchUp();
    return find(queue)
        .orElseThrow(
            () ->
                Problem.of(
                        404,
                        "queue-unknown",
                        "There is no such queue",
                        "Create it first: PUT /producer/queues/%s {\"maxsize\": 3}"
                            .formatted(queue))
                    .with("queue", queue));
  }

  /// Returns when everything that was written before this call is known here.
  ///
  /// @throws Problem 503 `broker-away`
  public void catchUp() throws InterruptedException {
    Map<TopicPartition, OffsetSpec> ends = new HashMap<>();
    for (int share = 0; share < shares(); share++) {
      ends.put(new TopicPartition(Topics.QUEUES, share), OffsetSpec.latest());
    }
    Map<TopicPartition, ListOffsetsResultInfo> end;
    try {
      end =
          broker.ask(
              broker
                  .admin()
                  .listOffsets(ends, new ListOffsetsOptions(IsolationLevel.READ_COMMITTED))
                  .all());
    } catch (ExecutionException e) {
      throw Broker.away(String.valueOf(e.getCause()));
    }
    long deadline = System.nanoTime() + settings.timeout().toNanos();
    long seen = read.version();
    while (end.entrySet().stream()
        .anyMatch(e -> positions.getOrDefault(e.getKey(), 0L) < e.getValue().offset())) {
      long left = deadline - System.nanoTime();
      if (left <= 0) {
        throw Broker.away("the definitions of the queues could not be read to their end");
      }
      read.awaitChange(seen, Duration.ofNanos(left));
      seen = read.version();
    }
  }

  void start(@Observes StartupEvent event) {
    Thread.ofPlatform().daemon().name("directory").start(this::run);
  }

  void stop(@Observes ShutdownEvent event) {
    stopping = true;
  }

  private void run() {
    try {
      Admin admin = broker.await();
      while (!stopping) {
        try {
          shares = broker.partitions(admin, Topics.QUEUES);
          follow();
        } catch (WakeupException e) {
          return;
        } catch (ExecutionException | RuntimeException e) {
          LOG.warnf("event=directory-interrupted cause=%s", e);
          Thread.sleep(RETRY);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void follow() throws InterruptedException {
    Map<String, Object> config =
        broker.client(
            Map.of("isolation.level", "read_committed", "allow.auto.create.topics", "false"));
    try (var consumer =
        new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      List<TopicPartition> all = new ArrayList<>();
      for (int share = 0; share < shares; share++) {
        all.add(new TopicPartition(Topics.QUEUES, share));
      }
      consumer.assign(all);
      consumer.seekToBeginning(all);
      boolean first = true;
      while (!stopping) {
        consumer.poll(Duration.ofMillis(200)).forEach(this::apply);
        for (TopicPartition partition : all) {
          positions.put(partition, consumer.position(partition, settings.timeout()));
        }
        if (first) {
          first = false;
          Thread.ofVirtual().name("directory-first").start(this::firstCatchUp);
        }
        read.raise();
      }
    }
  }

  private void firstCatchUp() {
    while (!complete && !stopping) {
      try {
        catchUp();
        complete = true;
      } catch (Problem e) {
        LOG.debugf("event=directory-behind cause=%s", e.detail());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  private void apply(ConsumerRecord<byte[], byte[]> record) {
    String name = new String(record.key(), StandardCharsets.UTF_8);
    if (record.value() == null) {
      queues.remove(name);
      return;
    }
    try {
      queues.put(name, json.readValue(record.value(), QueueDefinition.class));
    } catch (IOException e) {
      LOG.errorf("event=definition-unreadable queue=%s cause=%s", name, e);
    }
  }
}
