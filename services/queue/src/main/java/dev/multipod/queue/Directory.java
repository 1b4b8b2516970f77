package dev.multipod.queue;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.multipod.kit.problem.Problem;
import dev.multipod.kit.wait.Signal;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Event;
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
import org.jspecify.annotations.Nullable;

/// All queues there are, as the topic of definitions tells. Every replica reads it and has its own
/// copy, a moment late; [#catchUp] makes it current.
@ApplicationScoped
public class Directory {
  /// Between the name and the generation in the key of a deleted queue. No name has one.
  static final String GENERATION = "/";

  private static final Logger LOG = Logger.getLogger(Directory.class);
  private static final Duration RETRY = Duration.ofSeconds(1);

  private final Broker broker;
  private final BrokerSettings settings;
  private final ObjectMapper json;
  private final Event<QueueGone> gone;
  private final Map<String, QueueDefinition> queues = new ConcurrentSkipListMap<>();
  private final Map<String, DeletedQueue> deleted = new ConcurrentHashMap<>();
  private final Map<TopicPartition, Long> positions = new ConcurrentHashMap<>();
  private final Signal read = new Signal();
  private volatile boolean stopping;
  private volatile boolean complete;
  private volatile int shares;

  Directory(Broker broker, BrokerSettings settings, ObjectMapper json, Event<QueueGone> gone) {
    this.broker = broker;
    this.settings = settings;
    this.json = json;
    this.gone = gone;
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
      throw Broker.away(broker.trouble().orElse("the queues were not read yet"));
    }
    return shares;
  }

  public List<QueueDefinition> all() {
    return new ArrayList<>(queues.values());
  }

  public Optional<QueueDefinition> find(String queue) {
    return Optional.ofNullable(queues.get(queue));
  }

  /// Whether this queue is there, and not only one of its name.
  public boolean isCurrent(QueueDefinition queue) {
    return queue.equals(queues.get(queue.name()));
  }

  /// The deleted queues that are remembered.
  public List<DeletedQueue> deleted() {
    return new ArrayList<>(deleted.values());
  }

  /// Those of one name.
  public List<DeletedQueue> deleted(String queue) {
    return deleted.values().stream().filter(each -> each.queue().name().equals(queue)).toList();
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
    return find(queue).orElseThrow(() -> unknown(queue));
  }

  /// The problem of a queue that is not there, or not any more.
  public static Problem unknown(String queue) {
    return Problem.of(
            404,
            "queue-unknown",
            "There is no such queue",
            "It was not created, or it was deleted. Create it: PUT /producer/queues/%s"
                    .formatted(queue)
                + " {\"maxsize\": 3}")
        .with("queue", queue);
  }

  /// Returns when everything that was written before this call is known here.
  ///
  /// @throws Problem 503 `broker-away`
  public void catchUp() throws InterruptedException {
    Map<TopicPartition, OffsetSpec> latest = new HashMap<>();
    for (int share = 0; share < shares(); share++) {
      latest.put(new TopicPartition(Topics.QUEUES, share), OffsetSpec.latest());
    }
    Map<TopicPartition, ListOffsetsResultInfo> end;
    try {
      end =
          broker.ask(
              broker
                  .admin()
                  .listOffsets(latest, new ListOffsetsOptions(IsolationLevel.READ_COMMITTED))
                  .all());
    } catch (ExecutionException e) {
      throw Broker.away(e);
    }
    Map<TopicPartition, Long> ends = new HashMap<>();
    end.forEach((partition, info) -> ends.put(partition, info.offset()));
    await(ends);
  }

  /// Returns when a record of a share is known here. What a transaction wrote is not at once: the
  /// broker makes it readable a moment after it has confirmed the commit.
  ///
  /// @throws Problem 503 `broker-away`
  public void catchUp(int share, long offset) throws InterruptedException {
    await(Map.of(new TopicPartition(Topics.QUEUES, share), offset + 1));
  }

  private void await(Map<TopicPartition, Long> ends) throws InterruptedException {
    long deadline = System.nanoTime() + settings.timeout().toNanos();
    long seen = read.version();
    while (ends.entrySet().stream()
        .anyMatch(e -> positions.getOrDefault(e.getKey(), 0L) < e.getValue())) {
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
            Map.of(
                "isolation.level",
                "read_committed",
                "auto.offset.reset",
                "earliest",
                "allow.auto.create.topics",
                "false"));
    try (var consumer =
        new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      List<TopicPartition> all = new ArrayList<>();
      for (int share = 0; share < shares; share++) {
        all.add(new TopicPartition(Topics.QUEUES, share));
      }
      consumer.assign(all);
      // Not from the beginning again: what was deleted since would be back for a moment.
      all.forEach(share -> consumer.seek(share, positions.getOrDefault(share, 0L)));
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
    String key = new String(record.key(), StandardCharsets.UTF_8);
    try {
      if (key.contains(GENERATION)) {
        remember(key, record.value());
      } else {
        define(key, record.value());
      }
    } catch (IOException e) {
      LOG.errorf("event=definition-unreadable queue=%s cause=%s", key, e);
    }
  }

  private void remember(String key, byte @Nullable [] value) throws IOException {
    if (value == null) {
      deleted.remove(key);
    } else {
      deleted.put(key, json.readValue(value, DeletedQueue.class));
    }
  }

  private void define(String name, byte @Nullable [] value) throws IOException {
    QueueDefinition next = value == null ? null : json.readValue(value, QueueDefinition.class);
    QueueDefinition before = queues.get(name);
    if (before != null && !before.equals(next)) {
      queues.remove(name);
      LOG.infof("event=queue-gone queue=%s generation=%d", name, before.generation());
      gone.fire(new QueueGone(before));
    }
    if (next != null) {
      queues.put(name, next);
    }
  }
}
